import { expect, test } from "@jest/globals";
import { createServiceManager, formatReady, formatReloading, watchdogPeriodMs } from "../../src/systemd/notify.ts";
import { createFakeTime, type FakeTime } from "../support/fake-time.ts";

interface Scene {
  readonly told: string[];
  readonly manager: ReturnType<typeof createServiceManager>;
  readonly time: FakeTime;
  /** Whether the receiver takes what is sent. */
  takes: boolean;
}

function createScene(env: NodeJS.ProcessEnv = {}): Scene {
  const told: string[] = [];
  const time = createFakeTime();
  const open = (address: string): ((text: string) => boolean) | undefined =>
    address !== "/run/notify" ? undefined : (text) => scene.takes && told.push(text) > 0;
  const options = { pid: 7, open, timer: time.timer, monotonicUs: () => 42n };
  const manager = createServiceManager({ env: { NOTIFY_SOCKET: "/run/notify", ...env }, ...options });
  const scene: Scene = { told, manager, time, takes: true };
  return scene;
}

const ready = formatReady("serving on :1");
const reloading = formatReloading(42n);

test("without a service manager nothing is sent, and a reload is done", async () => {
  const { told, manager } = createScene({ NOTIFY_SOCKET: undefined });
  manager.ready("serving");
  expect(await manager.reload(() => Promise.resolve("done"))).toBe("done");
  manager.stopping();
  expect(told).toEqual([]);
});

test("a line break in a status cannot add a variable", () => {
  expect(formatReady("a\nMAINPID=1")).toBe("READY=1\nSTATUS=a MAINPID=1");
});

test("a reload is reported at its begin, with the time, and at its end", async () => {
  const { told, manager } = createScene();
  manager.ready("serving on :1");
  await manager.reload(() => Promise.resolve(told.push("the reload")));
  expect(told).toEqual([ready, "RELOADING=1\nMONOTONIC_USEC=42", "the reload", ready]);
});

test("a failed reload is reported as ended, with a status that says so", async () => {
  const { told, manager } = createScene();
  manager.ready("serving on :1");
  await expect(manager.reload(() => Promise.reject(new Error("bad")))).rejects.toThrow("bad");
  expect(told.at(-1)).toMatch(/^READY=1\nSTATUS=the configuration was not loaded/);
});

test("a reload during the start reports nothing, and so not that the start has ended", async () => {
  const { told, manager } = createScene();
  await manager.reload(() => Promise.resolve());
  expect(told).toEqual([]);
});

test("overlapping reloads are reported as ended when the last one has ended", async () => {
  const { told, manager } = createScene();
  manager.ready("serving on :1");
  const ends: (() => void)[] = [];
  const wait = (): Promise<void> => new Promise((resolve) => ends.push(resolve));
  const both = [manager.reload(wait), manager.reload(wait)];
  ends[0]?.();
  await both[0];
  expect(told).toEqual([ready, reloading, reloading]);
  ends[1]?.();
  await both[1];
  expect(told).toEqual([ready, reloading, reloading, ready]);
});

test("messages that could not be sent are sent later, in order", () => {
  const scene = createScene();
  scene.takes = false;
  scene.manager.ready("serving on :1");
  scene.manager.stopping();
  scene.time.advance(1000);
  expect(scene.told).toEqual([]);
  scene.takes = true;
  scene.time.advance(1000);
  expect([scene.told, scene.time.pending]).toEqual([[ready, "STOPPING=1"], []]);
});

test("the watchdog is notified from the end of the start, twice in its period", () => {
  const { told, manager, time } = createScene({ WATCHDOG_USEC: "30000000", WATCHDOG_PID: "7" });
  time.advance(60_000);
  expect(told).toEqual([]);
  manager.ready("serving on :1");
  time.advance(14_999);
  expect(told).toEqual(["WATCHDOG=1", ready]);
  time.advance(1);
  expect(told).toEqual(["WATCHDOG=1", ready, "WATCHDOG=1"]);
});

test("a watchdog of another process, or without a period, is not notified", () => {
  const { manager, time } = createScene({ WATCHDOG_USEC: "30000000", WATCHDOG_PID: "8" });
  manager.ready("serving on :1");
  expect(time.pending).toEqual([]);
  expect(watchdogPeriodMs({}, 7)).toBeUndefined();
  expect(watchdogPeriodMs({ WATCHDOG_USEC: "soon" }, 7)).toBeUndefined();
  expect(watchdogPeriodMs({ WATCHDOG_USEC: "1" }, 7)).toBe(1);
});
