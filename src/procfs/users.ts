/**
 * Names of users by id: passwd(5) first, then what getent says of all other name services. Nothing here waits: a name that
 * is still to come is undefined, so that no process is taken for one of another user meanwhile.
 */

import { readFile } from "node:fs/promises";
import type { AskGetent } from "./getent.ts";
import { parsePasswd } from "./parse.ts";

export interface UserNames {
  /** The user's name; the id in decimal where no name service knows it; undefined while they are asked. */
  nameOf(uid: number): string | undefined;
  /** True while a name that was wanted is still to come. */
  readonly asking: boolean;
  /** Resolves when no name is asked for any more, or when that takes too long. */
  settled(): Promise<void>;
  /**
   * Begins to read passwd again. Call it now and then, and once before names are asked for.
   *
   * @param options.thorough ask getent again for all that it has answered
   * @returns true where a name that was told is another one since the last call
   */
  refresh(options: { readonly thorough: boolean }): boolean;
}

export interface UserNamesOptions {
  /** The passwd file; one that cannot be read names nobody. */
  readonly passwdPath: string;
  readonly askGetent: AskGetent;
  /** Told once for each way in which getent fails: users that passwd does not name are shown by their ids. */
  readonly onTrouble: (reason: string) => void;
  /** Milliseconds that only go on. */
  readonly nowMs: () => number;
}

/** What getent said of an id, or that nobody knows it. */
interface Answer {
  readonly name: string | undefined;
  readonly atMs: number;
}

/** How long an answer of getent holds before it is asked for again. */
const freshMs = 300_000;

/** How long `settled` waits: a scrape may wait for it. */
const patienceMs = 300;

/** Ids in one question. */
const batchSize = 64;

/** Ids whose answers are kept: any user can start processes under the ids of a user namespace. */
const answersKept = 10_000;

export function createUserNames({ passwdPath, askGetent, onTrouble, nowMs }: UserNamesOptions): UserNames {
  /** Undefined before it was read for the first time. */
  let passwd: ReadonlyMap<number, string> | undefined;
  let passwdText = "";
  let reading: Promise<void> | undefined;
  const answers = new Map<number, Answer>();
  const wanted = new Set<number>();
  const troubles = new Set<string>();
  let asking: Promise<void> | undefined;
  let renamed = false;

  /** A file that is not there names nobody; one that cannot be read now names whom it named. */
  const textOfMissing = (error: NodeJS.ErrnoException): string => (error.code === "ENOENT" ? "" : passwdText);

  async function readPasswd(): Promise<void> {
    const text = await readFile(passwdPath, "utf8").catch(textOfMissing);
    if (passwd === undefined || text !== passwdText) {
      renamed ||= passwd !== undefined;
      passwd = parsePasswd(text);
      passwdText = text;
    }
    reading = undefined;
  }

  function keep(uid: number, name: string | undefined): void {
    const before = answers.get(uid);
    renamed ||= before !== undefined && before.name !== name;
    if (answers.size >= answersKept) answers.clear();
    answers.set(uid, { name, atMs: nowMs() });
  }

  async function askBatch(uids: readonly number[]): Promise<void> {
    const answer = await askGetent(uids);
    if ("failure" in answer) {
      if (!troubles.has(answer.failure)) onTrouble(answer.reason);
      troubles.add(answer.failure);
    }
    // A service that fails now may have told the name before.
    for (const uid of uids) keep(uid, "names" in answer ? answer.names.get(uid) : answers.get(uid)?.name);
    for (const uid of uids) wanted.delete(uid);
  }

  /** One question at a time: a service that hangs is not asked by many. passwd comes first. */
  async function askAll(): Promise<void> {
    await reading;
    for (const uid of wanted) if (passwd?.has(uid) === true) wanted.delete(uid);
    while (wanted.size > 0) await askBatch([...wanted].slice(0, batchSize));
    asking = undefined;
  }

  function want(uid: number): void {
    wanted.add(uid);
    if (passwd === undefined) reading ??= readPasswd();
    asking ??= Promise.resolve().then(askAll);
  }

  return {
    nameOf(uid) {
      const local = passwd?.get(uid);
      if (local !== undefined) return local;
      const answer = answers.get(uid);
      if (answer === undefined || nowMs() - answer.atMs > freshMs) want(uid);
      return answer === undefined ? undefined : (answer.name ?? String(uid));
    },
    get asking() {
      return asking !== undefined;
    },
    async settled() {
      let timer: NodeJS.Timeout | undefined;
      const limit = new Promise<void>((resolve) => (timer = setTimeout(resolve, patienceMs)));
      await Promise.race([Promise.all([reading, asking]), limit]);
      clearTimeout(timer);
    },
    refresh({ thorough }) {
      reading ??= readPasswd();
      if (thorough) for (const uid of answers.keys()) want(uid);
      const result = renamed;
      renamed = false;
      return result;
    },
  };
}
