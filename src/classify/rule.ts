/** A rule as a configuration writes it, before its patterns and templates are compiled. */

/** Keys that are given must all hold; a rule without any of comm, exe, cmdline, user, unit and cgroup is an error of the configuration. */
export interface RuleSpec {
  /** Template of the group's name; `{{.ExeBase}}` where it is left out. */
  readonly name?: string;
  /** Any of these equals the command name. */
  readonly comm?: readonly string[];
  /** Any of these equals argv[0]'s base name, or the whole of argv[0] where it holds a slash. */
  readonly exe?: readonly string[];
  /** All of these regular expressions match the arguments joined by a space. */
  readonly cmdline?: readonly string[];
  /** Any of these regular expressions matches the name of the real user. */
  readonly user?: readonly string[];
  /** Any of these regular expressions matches the systemd unit. */
  readonly unit?: readonly string[];
  /** Any of these regular expressions matches a path of a control group. */
  readonly cgroup?: readonly string[];
  /** Templates of free labels, by name. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Processes that match are not shown. */
  readonly ignore?: boolean;
}

/** What is wrong with a value. */
export interface Fault {
  readonly want: string;
  readonly got: string;
  /** Where in the value it begins, counted as String.slice does, where that is known. */
  readonly at?: number;
  /** Which value of a rule it is, as keys and indexes: `["cmdline", 1]`. Absent where the rule as a whole is wrong. */
  readonly path?: readonly (string | number)[];
}

/** A value that was understood, or what is wrong with it. */
export type Compiled<T> =
  { readonly value: T; readonly fault?: undefined } | { readonly value?: undefined; readonly fault: Fault };
