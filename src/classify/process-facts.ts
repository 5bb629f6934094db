/** What is known of a process when its group is looked for. */

/** Undefined is what nobody has seen, and not the same as empty: a rule that needs it cannot be decided. */
export interface ProcessFacts {
  readonly tgid: number;
  /** The leader's command name, 15 characters at the most. */
  readonly comm: string;
  /**
   * Arguments as the process shows them, without empty ones at the end; empty for a kernel thread, and for a process
   * that has erased its own.
   */
  readonly argv: readonly string[] | undefined;
  /** Paths of its control groups, one per line of /proc/PID/cgroup, in its order: `{{index .Cgroups 1}}` counts them. */
  readonly cgroups: readonly string[] | undefined;
  /** Name of its real user, which accounting bills; the id in decimal where the user has no name. */
  readonly user: string | undefined;
  /** Name of its effective user, which differs in a set-user-id program. No exit event holds it. */
  readonly effectiveUser: string | undefined;
  /** Seconds since 1970. */
  readonly startTime: number | undefined;
}

/** What a rule or a template may ask for beyond tgid and comm. */
export type FactName = "argv" | "cgroups" | "user" | "effectiveUser" | "startTime";
