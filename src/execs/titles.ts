/**
 * Which programs give their processes titles. A title is a command line that a process has written over its own (setproctitle), as
 * workers of many servers do. Nothing tells the title of a worker that exited before it was read. So it is decided by what other
 * processes of its program have been seen to do. Pure.
 */

/** A program as it was started. */
export interface Program {
  readonly comm: string;
  readonly argv: readonly string[];
}

/** What is known about one forked child. Times are without waits for a CPU. */
export interface Unseen {
  /** How long the child lived. */
  readonly lifeUs: number;
  /** Age at which the child was last seen with its parent's command line; undefined where it was never seen so. */
  readonly seenUs: number | undefined;
}

export interface Titles {
  /** Notes that a process of this program has a title. */
  noteTitled(program: Program): void;
  /** Notes that a forked child of this program had its parent's command line at this age. */
  noteUntitled(program: Program, ageUs: number): void;
  /** True where it is known that a child, which started no program, had no title when it exited. */
  isUntitled(program: Program, child: Unseen): boolean;
}

/** Programs that are remembered, at most. */
const limit = 4096;

/**
 * A child that is younger may still be about to give itself a title, so that a single revisit says nothing. After a fork, memory is
 * copied before the child can write to it; this took two milliseconds on a busy virtual machine.
 */
const beginningUs = 5000;

/** After so many revisits that found no title, and none that found one, children that exited early are taken to have had none. */
const often = 100;

/** The ages of revisits grow by half. A child that was seen at one age and not at the next exited in between. */
const growth = 1.6;

/**
 * Plain programs: they never rewrite their command line without changing their command name too, which the exit event shows.
 * perl and setproctitle of python change both.
 */
const plainPrograms =
  /^-?(?:sh|dash|ash|bash|rbash|busybox|ksh\d*|mksh|lksh|zsh\d*|fish|yash|posh|tcsh|csh|make|gmake|ninja|xargs|env|perl[\d.]*|(?:python|pypy)[\d.]*)$/;

const baseName = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

/** True for a plain program. @param argv0 the first argument with which it was started */
export function isPlain(argv0: string | undefined): boolean {
  return argv0 !== undefined && plainPrograms.test(baseName(argv0));
}

/** True where the command line looks like a title: one text with blanks, which is hardly ever the path of a program. */
function looksTitled({ argv }: Program): boolean {
  return argv.length === 1 && (argv[0] ?? "").includes(" ");
}

/** The key of programs with titles, without arguments: the title has replaced them. */
const nameOf = ({ comm, argv }: Program): string => `${comm}\0${argv[0] ?? ""}`;

/** The key of programs without titles, with all arguments: with other arguments the same program may write titles. */
const lineOf = ({ comm, argv }: Program): string => `${comm}\0${argv.join("\0")}`;

/** Puts an entry last, and drops the first one where there are too many. */
function remember<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= limit) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}

export function createTitles(): Titles {
  const titled = new Map<string, true>();
  /** How often children were seen without a title, and the greatest age of one that was no longer young, by `lineOf`. */
  const untitled = new Map<string, { ageUs: number; count: number }>();

  return {
    noteTitled: (program) => remember(titled, nameOf(program), true),
    noteUntitled(program, ageUs) {
      const key = lineOf(program);
      const seen = untitled.get(key) ?? { ageUs: 0, count: 0 };
      if (ageUs >= beginningUs) seen.ageUs = Math.max(seen.ageUs, ageUs);
      seen.count++;
      remember(untitled, key, seen);
    },
    isUntitled(program, { lifeUs, seenUs = 0 }) {
      if (titled.has(nameOf(program)) || looksTitled(program)) return false;
      if (isPlain(program.argv[0])) return true;
      if (seenUs >= beginningUs && lifeUs <= seenUs * growth) return true;
      const seen = untitled.get(lineOf(program));
      if (seen === undefined) return false;
      return lifeUs <= seen.ageUs || (seen.count >= often && lifeUs <= beginningUs);
    },
  };
}
