/**
 * Does work for clients, one piece at a time. Clients take turns, so that no client waits behind everything that another client
 * has sent. The number of waiting pieces is limited for each client and in total. Work of a client that has left is not done.
 */

/** The error for work that was not done: the client left, or too much work waits. */
export class NotDone extends Error {
  readonly reason: "left" | "too many";

  constructor(reason: NotDone["reason"]) {
    super(reason);
    this.reason = reason;
  }
}

export interface WaitingRoomOptions {
  /** How many pieces of work of one client may wait. */
  readonly mostOfClient: number;
  /** How many pieces of work may wait in total. */
  readonly most: number;
  /** How long a piece of work may wait for its turn, in milliseconds. */
  readonly patienceMs: number;
}

export interface WaitingRoom {
  /**
   * Does the work when it is the client's turn.
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
  /** The waiting work of each client. The first client has the next turn. */
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

  /**
   * Refuses the latest work of the client that has most waiting, if that is more than the new client would have.
   *
   * @param own how much work of the new client waits
   * @returns whether there is room now
   */
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
      // The client goes to the end of the queue, so that all others have a turn first.
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
