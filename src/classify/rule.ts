/** A rule as the configuration writes it, before its patterns and templates are compiled. */

/** All keys that are given must match. A rule needs at least one of comm, exe, cmdline, user, unit and cgroup. */
export interface RuleSpec {
  /** Template of the group's name. The default is `{{.ExeBase}}`. */
  readonly name?: string;
  /** Any of these equals the command name. */
  readonly comm?: readonly string[];
  /** Any of these equals the base name of argv[0]; an entry with a slash equals the whole of argv[0]. */
  readonly exe?: readonly string[];
  /** All of these regular expressions match the arguments, joined by spaces. */
  readonly cmdline?: readonly string[];
  /** Any of these regular expressions matches the name of the real user. */
  readonly user?: readonly string[];
  /** Any of these regular expressions matches the systemd unit. */
  readonly unit?: readonly string[];
  /** Any of these regular expressions matches a path of a control group. */
  readonly cgroup?: readonly string[];
  /** Templates of free labels, by the name of the label. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Processes that match are not shown. */
  readonly ignore?: boolean;
}

/** What is wrong with a value. */
export interface Fault {
  readonly want: string;
  readonly got: string;
  /** Index of the character where the fault begins, as String.slice counts; undefined where that is not known. */
  readonly at?: number;
  /** Which value of the rule is wrong, as keys and indexes: `["cmdline", 1]`. Undefined where the rule as a whole is wrong. */
  readonly path?: readonly (string | number)[];
}

/** The compiled value, or the fault that prevents it. */
export type Compiled<T> =
  { readonly value: T; readonly fault?: undefined } | { readonly value?: undefined; readonly fault: Fault };
