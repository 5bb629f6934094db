import { expect, test } from "@jest/globals";
import { createWaitingRoom, NotDone } from "../../../src/http/web-config/waiting-room.ts";
import { until } from "../../support/until.ts";

const { signal } = new AbortController();

/** Longer than any test. */
const patienceMs = 600_000;

/** Work that ends when the test calls `endAll`, and the order in which it began. */
function createWorks() {
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  return {
    begun,
    work: (name: string) => () =>
      new Promise<string>((resolve) => {
        begun.push(name);
        ends.push(() => resolve(name));
      }),
    async endAll(count: number): Promise<void> {
      for (let ended = 0; ended < count; ended++) {
        await until(() => ends.length > 0);
        ends.shift()?.();
      }
    },
  };
}

test("clients take turns, however much work one of them has", async () => {
  const { begun, work, endAll } = createWorks();
  const room = createWaitingRoom({ mostOfClient: 10, most: 20, patienceMs });
  const all = ["a1", "a2", "a3", "b1", "a4", "c1", "b2"].map((name) => room.take(name.charAt(0), signal, work(name)));
  await endAll(all.length);
  await Promise.all(all);
  expect(begun).toEqual(["a1", "a2", "b1", "c1", "a3", "b2", "a4"]);
});

test("if all places are taken, the latest work of the client with most work is refused for a client with less", async () => {
  const { begun, work, endAll } = createWorks();
  const room = createWaitingRoom({ mostOfClient: 10, most: 3, patienceMs });
  const outcomes: string[] = [];
  const take = (name: string): Promise<unknown> =>
    room
      .take(name.charAt(0), signal, work(name))
      .catch((error: unknown) => outcomes.push(`${name} ${(error as NotDone).reason}`));
  const all = ["a1", "a2", "a3", "a4", "b1", "c1", "d1"].map(take);
  await endAll(4);
  await Promise.all(all);
  expect(begun).toEqual(["a1", "a2", "b1", "c1"]);
  expect(outcomes).toEqual(["a4 too many", "a3 too many", "d1 too many"]);
});

test("failed work rejects for its client, and the next work begins", async () => {
  const room = createWaitingRoom({ mostOfClient: 10, most: 3, patienceMs });
  const failing = room.take("a", signal, () => Promise.reject(new Error("no")));
  const next = room.take("b", signal, () => Promise.resolve("done"));
  await expect(failing).rejects.toThrow("no");
  await expect(next).resolves.toBe("done");
});

test("work of a client that has left is not done, and its place is free", async () => {
  const { begun, work, endAll } = createWorks();
  const room = createWaitingRoom({ mostOfClient: 1, most: 1, patienceMs });
  const first = room.take("a", signal, work("a1"));
  const leaving = new AbortController();
  const left = room.take("a", leaving.signal, work("a2"));
  leaving.abort();
  const last = room.take("a", signal, work("a3"));
  await expect(left).rejects.toThrow(NotDone);
  await endAll(2);
  await expect(Promise.all([first, last])).resolves.toEqual(["a1", "a3"]);
  expect(begun).toEqual(["a1", "a3"]);
  await expect(room.take("b", AbortSignal.abort(), work("b1"))).rejects.toThrow(NotDone);
});

test("work that has waited too long is refused, and running work continues", async () => {
  const { begun, work, endAll } = createWorks();
  const room = createWaitingRoom({ mostOfClient: 10, most: 20, patienceMs: 20 });
  const first = room.take("a", signal, work("a1"));
  await expect(room.take("a", signal, work("a2"))).rejects.toMatchObject({ reason: "too many" });
  await expect(room.take("b", signal, work("b1"))).rejects.toMatchObject({ reason: "too many" });
  await endAll(1);
  await expect(first).resolves.toBe("a1");
  expect(begun).toEqual(["a1"]);
});
