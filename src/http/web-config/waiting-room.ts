/**
 * Work that clients wait for, done one at a time and in turn by client, so that nobody waits behind all that another one has
 * sent. What waits is bounded for each client and in all; what nobody waits for any more is not done.
 */

/** Why something was not done. */
export class NotDone extends Error {
  readonly reason: "left" | "too many";

  constructor(reason: NotDone["reason"]) {
    super(reason);
    this.reason = reason;
  }
}

export interface WaitingRoomOptions {
  /** What may wait of one client. */
  readonly mostOfClient: number;
  /** What may wait in all. */
  readonly most: number;
  /** How long anything may wait for its turn, in milliseconds. */
  readonly patienceMs: number;
}

export interface WaitingRoom {
  /**
   * Does the work when it is its turn.
   *
   * @param signal aborted when the client has left
   * @throws NotDone, and what the work throws
   */
  take<T>(client: string, signal: AbortSignal, work: () => Promise<T>): Promise<T>;
}

interface Waiter {
  begin(): void;
  refuse(reason: NotDone["reason"]): void;
}

export function createWaitingRoom({ mostOfClient, most, patienceMs }: WaitingRoomOptions): WaitingRoom {
  /** In the order of their turns. */
  const clients = new Map<string, Waiter[]>();
  let waiting = 0;
  let busy = false;

  function leave(client: string, waiter: Waiter): void {
    const waiters = clients.get(client) ?? [];
    const at = waiters.indexOf(waiter);
    if (at < 0) return;
    waiters.splice(at, 1);
    waiting--;
    if (waiters.length === 0) clients.delete(client);
  }

  /** Who has most waiting gives its latest up, where that is for one who has less. @returns false where there is nobody */
  function makeRoom(own: number): boolean {
    let fullest: [string, Waiter[]] | undefined;
    for (const entry of clients) if (entry[1].length > (fullest?.[1].length ?? 0)) fullest = entry;
    const latest = fullest?.[1].at(-1);
    if (fullest === undefined || latest === undefined || fullest[1].length <= own + 1) return false;
    leave(fullest[0], latest);
    latest.refuse("too many");
    return true;
  }

  function admit(client: string, waiter: Waiter): void {
    const waiters = clients.get(client) ?? [];
    const hasRoom = waiters.length < mostOfClient && (waiting < most || makeRoom(waiters.length));
    if (!hasRoom) {
      waiter.refuse("too many");
      return;
    }
    waiters.push(waiter);
    clients.set(client, waiters);
    waiting++;
    next();
  }

  function next(): void {
    if (busy) return;
    for (const [client, waiters] of clients) {
      const [first] = waiters;
      if (first === undefined) continue;
      leave(client, first);
      // Its next one waits until all others have had a turn.
      if (clients.delete(client)) clients.set(client, waiters);
      busy = true;
      first.begin();
      return;
    }
  }

  function finish(): void {
    busy = false;
    next();
  }

  return {
    take: (client, signal, work) =>
      new Promise((resolve, reject) => {
        const giveUp = (reason: NotDone["reason"]): void => {
          leave(client, waiter);
          waiter.refuse(reason);
        };
        const onAbort = (): void => giveUp("left");
        const timer = setTimeout(giveUp, patienceMs, "too many").unref();
        const waitNoMore = (): void => {
          clearTimeout(timer);
          signal.removeEventListener("abort", onAbort);
        };
        const waiter: Waiter = {
          begin() {
            waitNoMore();
            work().then(resolve, reject).finally(finish);
          },
          refuse(reason) {
            waitNoMore();
            reject(new NotDone(reason));
          },
        };
        signal.addEventListener("abort", onAbort);
        if (signal.aborted) waiter.refuse("left");
        else admit(client, waiter);
      }),
  };
}
