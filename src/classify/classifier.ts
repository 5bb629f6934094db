/** From what is known of a process to the name of its group. Pure and without state. */

/** What a process is classified by. */
export interface Identity {
  /** The leader's command name, up to 15 characters. */
  readonly comm: string;
}

export interface Classifier {
  /** @returns the group's name */
  classify(identity: Identity): string;
}

/** The group of processes whose identity was never seen: no rule may guess. */
export const unidentifiedGroup = "unidentified";

/** Without a configuration: one group per command name. */
export const commandClassifier: Classifier = {
  classify: ({ comm }) => (comm === "" ? unidentifiedGroup : comm),
};
