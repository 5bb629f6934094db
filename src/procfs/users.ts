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
  /** Resolves when no name is asked for any more, or when that takes too long. */
  settled(): Promise<void>;
  /**
   * Reads passwd again. Call it now and then, and once before names are asked for.
   *
   * @param options.thorough ask getent again for all that it has answered
   * @returns true where a name has changed or come since the last call
   */
  refresh(options: { readonly thorough: boolean }): Promise<boolean>;
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
  let passwd: ReadonlyMap<number, string> = new Map();
  let passwdText = "";
  const answers = new Map<number, Answer>();
  const wanted = new Set<number>();
  const troubles = new Set<string>();
  let changed = false;
  let asking: Promise<void> | undefined;

  function keep(uid: number, name: string | undefined): void {
    const before = answers.get(uid);
    changed ||= before === undefined || before.name !== name;
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

  /** One question at a time: a service that hangs is not asked by many. */
  async function askAll(): Promise<void> {
    while (wanted.size > 0) await askBatch([...wanted].slice(0, batchSize));
    asking = undefined;
  }

  function want(uid: number): void {
    wanted.add(uid);
    asking ??= Promise.resolve().then(askAll);
  }

  async function readPasswd(): Promise<void> {
    const text = await readFile(passwdPath, "utf8").catch(() => "");
    if (text === passwdText) return;
    passwdText = text;
    passwd = parsePasswd(text);
    changed = true;
  }

  return {
    nameOf(uid) {
      const local = passwd.get(uid);
      if (local !== undefined) return local;
      const answer = answers.get(uid);
      if (answer === undefined || nowMs() - answer.atMs > freshMs) want(uid);
      return answer === undefined ? undefined : (answer.name ?? String(uid));
    },
    async settled() {
      if (asking === undefined) return;
      let timer: NodeJS.Timeout | undefined;
      const limit = new Promise<void>((resolve) => (timer = setTimeout(resolve, patienceMs)));
      await Promise.race([asking, limit]);
      clearTimeout(timer);
    },
    async refresh({ thorough }) {
      await readPasswd();
      if (thorough) for (const uid of answers.keys()) want(uid);
      const result = changed;
      changed = false;
      return result;
    },
  };
}
