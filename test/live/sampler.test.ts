import { expect, test } from "@jest/globals";
import { createSampler, type Sampler, type SamplerOptions } from "../../src/live/sampler.ts";
import { createFakeTime, type FakeTime } from "../support/fake-time.ts";
import { createEmptyAccount, exit, figuresOf } from "../support/live-groups.ts";

interface Stage {
  readonly sampler: Sampler;
  readonly time: FakeTime;
  readonly samples: number[];
  readonly errors: unknown[];
  /** Fires the next timer and waits for the sample. */
  next(): Promise<void>;
}

const account = createEmptyAccount();
const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function createStage(options: Partial<SamplerOptions> = {}): Stage {
  const time = createFakeTime();
  const samples: number[] = [];
  const errors: unknown[] = [];
  const { clock, timer } = time;
  const sampler = createSampler({
    ...{ sample: () => Promise.resolve(figuresOf(account)), clock, timer, cpus: 2, cpuSeconds: () => 0 },
    onSample: () => void samples.push(clock.unixSeconds()),
    onError: (error) => void errors.push(error),
    ...options,
  });
  const next = async (): Promise<void> => {
    time.advance(time.pending[0] ?? 0);
    await pause();
  };
  return { sampler, time, samples, errors, next };
}

/** CPU seconds of this process: each reading is later by this much. */
function createCpu(step: number): () => number {
  let seconds = 0;
  return () => (seconds += step);
}

test("the sampler samples at its start, and then each five seconds", async () => {
  const { sampler, time, samples, next } = createStage();
  expect(sampler.latest).toBeUndefined();
  await sampler.start();
  expect(sampler.latest).toMatchObject({ at: 1000, next: 5, groups: [{ labels: { groupname: "job" } }] });
  expect(time.pending).toEqual([5000]);
  await next();
  expect(samples).toEqual([1000, 1005]);
  expect([sampler.latest?.at, sampler.history.span]).toEqual([1005, 5]);
});

test("samples are further apart where they cost more than a two-hundredth of a CPU, up to a minute", async () => {
  const dear = createStage({ cpuSeconds: createCpu(0.1) });
  await dear.sampler.start();
  expect(dear.time.pending[0]).toBeCloseTo(20_000, 6);
  expect(dear.sampler.latest?.next).toBeCloseTo(20, 6);
  const dearest = createStage({ cpuSeconds: createCpu(3) });
  await dearest.sampler.start();
  expect(dearest.time.pending).toEqual([60_000]);
});

test("samples may take a larger share where one is allowed", async () => {
  const { sampler, time } = createStage({ seconds: 1, mostShare: 0.5, cpuSeconds: createCpu(0.1) });
  await sampler.start();
  expect(time.pending).toEqual([1000]);
});

test("samples are as far apart as was asked for, also where that is more than a minute", async () => {
  const { sampler, time } = createStage({ seconds: 120, cpuSeconds: createCpu(0.1) });
  await sampler.start();
  expect(time.pending).toEqual([120_000]);
});

test("a sample that fails is reported, leaves the one before in place, and is followed by the next one", async () => {
  let failing = false;
  const failure = new Error("no answer");
  const sample: SamplerOptions["sample"] = () =>
    failing ? Promise.reject(failure) : Promise.resolve(figuresOf(account));
  const { sampler, time, errors, next } = createStage({ sample });
  await sampler.start();
  failing = true;
  await next();
  expect([errors, sampler.failure, sampler.latest?.at]).toEqual([[failure], failure, 1000]);
  expect(time.pending).toEqual([5000]);
  failing = false;
  exit(account, 0, 20);
  await next();
  // The rates are those of the ten seconds since the sample before the one that failed.
  expect([sampler.failure, sampler.latest?.at, sampler.history.span]).toEqual([undefined, 1010, 10]);
  expect([...sampler.history.ratesOf(account)].at(-2)).toBe(2);
});

test("rates do not know the time of day: it may be set while the sampler runs", async () => {
  const time = createFakeTime();
  let set = 0;
  const clock = { monotonicUs: time.clock.monotonicUs, unixSeconds: () => time.clock.unixSeconds() + set };
  const { sampler } = createStage({ clock, timer: time.timer });
  await sampler.start();
  set = -86_400;
  time.advance(5000);
  await pause();
  expect([sampler.latest?.at, sampler.history.span]).toEqual([1005 - 86_400, 5]);
});

test("a first sample that fails leaves no sample, and the next one is the baseline", async () => {
  let failing = true;
  const sample: SamplerOptions["sample"] = () =>
    failing ? Promise.reject(new Error("no answer")) : Promise.resolve(figuresOf(account));
  const { sampler, next } = createStage({ sample });
  await sampler.start();
  expect(sampler.latest).toBeUndefined();
  failing = false;
  await next();
  expect([sampler.latest?.at, sampler.history.span]).toEqual([1005, undefined]);
});

test("nothing is sampled after the stop", async () => {
  const { sampler, time, samples } = createStage();
  await sampler.start();
  sampler.stop();
  expect([time.pending, samples]).toEqual([[], [1000]]);
});

test("a sampler that is stopped by who is told of a sample stays stopped", async () => {
  const stage: Stage = createStage({ onSample: () => stage.sampler.stop() });
  await stage.sampler.start();
  expect(stage.time.pending).toEqual([]);
});

test("a sample that is under way at the stop is dropped, and its failure is none", async () => {
  for (const outcome of ["resolve", "reject"] as const) {
    let end = (): void => undefined;
    const sample: SamplerOptions["sample"] = () =>
      new Promise((resolve, reject) => {
        end = () => (outcome === "resolve" ? resolve([]) : reject(new Error("closed")));
      });
    const { sampler, time, samples, errors } = createStage({ sample });
    const started = sampler.start();
    sampler.stop();
    end();
    await started;
    expect([sampler.latest, time.pending, samples, errors]).toEqual([undefined, [], [], []]);
  }
});
