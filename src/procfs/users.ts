/**
 * Finds the names of users by their ids: first in passwd(5), then by getent in all other name services. `nameOf` never waits: a name
 * that is still being asked for is undefined, so that no process is taken for one of another user meanwhile.
 */

import { readFile } from "node:fs/promises";
import type { AskGetent } from "./getent.ts";
import { parsePasswd } from "./parse.ts";

export interface UserNames {
  /** The user's name; the id as text where no name service knows it; undefined while they are being asked. */
  nameOf(uid: number): string | undefined;
  /** True while name services are being asked. */
  readonly asking: boolean;
  /** Waits until no name is being asked for any more, for 300 ms at most. */
  settled(): Promise<void>;
  /**
   * Begins to read passwd again. To be called before the first name is asked for, and then regularly.
   *
   * @param options.thorough whether to ask getent again for all ids that it has answered for
   * @returns true where a name has changed since the last call
   */
  refresh(options: { readonly thorough: boolean }): boolean;
}

export interface UserNamesOptions {
  /** Path of the passwd file. Where there is no such file, all names come from getent. */
  readonly passwdPath: string;
  readonly askGetent: AskGetent;
  /** Called once for each way in which getent fails. Users that are not in passwd are then shown by their ids. */
  readonly onTrouble: (reason: string) => void;
  /** A monotonic clock, in milliseconds. */
  readonly nowMs: () => number;
}

/** The answer of getent for an id. The name is undefined where no name service knows the id. */
interface Answer {
  readonly name: string | undefined;
  readonly atMs: number;
}

/** After this time an id is asked for again. The old answer is used meanwhile. */
const freshMs = 300_000;

/** How long `settled` waits at most. It is short, since a scrape may wait for it. */
const patienceMs = 300;

/** How many ids one call of getent asks for. */
const batchSize = 64;

/** How many answers are kept. A bound is needed, since any user can start processes with many ids in a user namespace. */
const answersKept = 10_000;

export function createUserNames({ passwdPath, askGetent, onTrouble, nowMs }: UserNamesOptions): UserNames {
  /** Undefined until passwd has been read for the first time. */
  let passwd: ReadonlyMap<number, string> | undefined;
  let passwdText = "";
  let reading: Promise<void> | undefined;
  const answers = new Map<number, Answer>();
  const wanted = new Set<number>();
  const troubles = new Set<string>();
  let asking: Promise<void> | undefined;
  let renamed = false;

  /** The text to use where passwd cannot be read: none where there is no such file, else the text that was read last. */
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
    // Where getent fails, a name that it gave before stays.
    for (const uid of uids) keep(uid, "names" in answer ? answer.names.get(uid) : answers.get(uid)?.name);
    for (const uid of uids) wanted.delete(uid);
  }

  /** Calls getent one at a time, so that calls do not pile up at a service that hangs. Waits for passwd first. */
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
