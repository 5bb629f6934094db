/**
 * Which programs give their processes titles of their own: a server that forks a worker for each connection often lets it
 * overwrite its command line (setproctitle). Of a worker that ended before anybody looked at it, nothing tells its title:
 * what is known is what its program's other processes have been seen to do. Pure.
 */

/** A program as it was started. */
export interface Program {
  readonly comm: string;
  readonly argv: readonly string[];
}

/** What is known of one forked child. Times leave out what it waited for a CPU. */
export interface Unseen {
  /** How long it lived. */
  readonly lifeUs: number;
  /** How old it was when it was last seen with its parent's command line; undefined where nobody looked in time. */
  readonly seenUs: number | undefined;
}

export interface Titles {
  /** A process of this program has a command line that it was not started with. */
  noteTitled(program: Program): void;
  /** A forked child of this program was seen at this age, and had its parent's command line. */
  noteUntitled(program: Program, ageUs: number): void;
  /** True where a child that started no program has its parent's command line, as far as that can be known. */
  isUntitled(program: Program, child: Unseen): boolean;
}

/** Programs that are remembered. */
const limit = 4096;

/**
 * So early a child may be about to give itself a title, and one look tells nothing of what follows: after a fork the memory that
 * it writes to is copied first, which took two milliseconds of a busy virtual machine.
 */
const beginningUs = 5000;

/** So many looks that found no title, and none that found one, tell that others which ended that early had none. */
const often = 100;

/** A child is looked at at ages that grow by half: seen at one of them and not at the next, it ended in between. */
const growth = 1.6;

/**
 * Programs that never rewrite their command line, but for those that change their name (comm) with it, which each last
 * record shows: perl and python's setproctitle do.
 */
const plainPrograms =
  /^-?(?:sh|dash|ash|bash|rbash|busybox|ksh\d*|mksh|lksh|zsh\d*|fish|yash|posh|tcsh|csh|make|gmake|ninja|xargs|env|perl[\d.]*|(?:python|pypy)[\d.]*)$/;

const baseName = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

/** True where the program is known for leaving its command line as it is. @param argv0 as it was started */
export function isPlain(argv0: string | undefined): boolean {
  return argv0 !== undefined && plainPrograms.test(baseName(argv0));
}

/** One text with blanks is what a rewritten command line looks like, and hardly ever the path of a program. */
function looksTitled({ argv }: Program): boolean {
  return argv.length === 1 && (argv[0] ?? "").includes(" ");
}

/** Whoever was seen with a title may have been started with any arguments. */
const nameOf = ({ comm, argv }: Program): string => `${comm}\0${argv[0] ?? ""}`;

/** Other arguments may make the same program rewrite its title. */
const lineOf = ({ comm, argv }: Program): string => `${comm}\0${argv.join("\0")}`;

/** Puts an entry last, and drops the first where there are too many. */
function remember<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= limit) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}

export function createTitles(): Titles {
  const titled = new Map<string, true>();
  /** The greatest age at which a child was seen untitled, and how often one was, by how its program was started. */
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
