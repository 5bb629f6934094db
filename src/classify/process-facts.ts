/** What is known about a process when its group is looked up. */

/** Undefined means that nobody has seen the fact: a rule that needs it is undecided. An empty value is a known value. */
export interface ProcessFacts {
  readonly tgid: number;
  /** The command name of the leader: at most 15 bytes. */
  readonly comm: string;
  /**
   * The arguments that /proc shows, without empty ones at the end. Empty for a kernel thread and for a process that has
   * overwritten its arguments with nothing.
   */
  readonly argv: readonly string[] | undefined;
  /** Paths of the control groups, in the order of the lines of /proc/PID/cgroup: `{{index .Cgroups 1}}` is the second line. */
  readonly cgroups: readonly string[] | undefined;
  /** Name of the real user, whose id is in the exit event too (`ac_uid`); the id in decimal where the user has no name. */
  readonly user: string | undefined;
  /** Name of the effective user, who is another one in a set-user-id program. No exit event holds it. */
  readonly effectiveUser: string | undefined;
  /** Seconds since 1970. */
  readonly startTime: number | undefined;
}

/** Facts of a process of which nothing is known. */
export const unknownFacts: ProcessFacts = {
  tgid: 0,
  comm: "",
  argv: undefined,
  cgroups: undefined,
  user: undefined,
  effectiveUser: undefined,
  startTime: undefined,
};

/** What a rule or a template may ask for beyond tgid and comm. */
export type FactName = "argv" | "cgroups" | "user" | "effectiveUser" | "startTime";
