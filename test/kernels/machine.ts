/** Boots a kernel in an emulated machine and collects what the guest says on its serial console. */

import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { ProcessorName } from "./packages.ts";
import { addMessage, createGuestReport, parseMessage, type GuestReport, type Message } from "./report.ts";

/** What is asked of a guest, and who hears of it. */
export interface GuestOptions {
  readonly initramfs: string;
  /** Where all that the guest wrote is kept. */
  readonly logFile: string;
  readonly limitMs: number;
  /** Words for the guest: what a kernel has on its command line. */
  readonly words: readonly string[];
  readonly onMessage: (message: Message) => void;
}

export interface BootOptions extends GuestOptions {
  readonly kernel: string;
  readonly processor: ProcessorName;
  readonly processors: number;
}

/** An emulated machine for one processor. */
interface Emulator {
  readonly program: string;
  readonly machine: readonly string[];
  /** The kernel's name of the first serial line. */
  readonly console: string;
  readonly words: string;
}

/** No acceleration by the processor, which is not to be had everywhere. */
const emulators: Readonly<Record<ProcessorName, Emulator>> = {
  /**
   * The plainest model: others are not to be had everywhere. Without cx16, since QEMU 7.2's cmpxchg16b now and then
   * spoils the flags, and the kernel's allocator with them; without the check of the timer, which a busy host fails.
   */
  amd64: {
    program: "qemu-system-x86_64",
    machine: ["-cpu", "qemu64,-cx16"],
    console: "ttyS0",
    words: "no_timer_check",
  },
  arm64: {
    program: "qemu-system-aarch64",
    machine: ["-machine", "virt", "-cpu", "cortex-a72"],
    console: "ttyAMA0",
    words: "",
  },
};

function machineArguments({ kernel, initramfs, processors, words }: BootOptions, emulator: Emulator): string[] {
  const append = [`console=${emulator.console} quiet panic=-1 random.trust_cpu=1`, emulator.words, ...words].join(" ");
  return [
    ...["-accel", "tcg,thread=multi", ...emulator.machine, "-m", "2048", "-smp", String(processors)],
    ...["-display", "none", "-monitor", "none", "-serial", "stdio", "-nic", "none", "-no-reboot"],
    ...["-kernel", kernel, "-initrd", initramfs, "-append", append],
  ];
}

/**
 * Listens to a guest to its end.
 *
 * @throws Error where it takes too long, or ends before it has told that it is done
 */
export async function listen(
  guest: ChildProcessByStdio<null, Readable, Readable>,
  { logFile, limitMs, onMessage }: GuestOptions,
): Promise<GuestReport> {
  const report = createGuestReport();
  const stop = (): void => void guest.kill("SIGKILL");
  process.once("exit", stop);
  const closed = once(guest, "close") as Promise<[number | null]>;
  const log = createWriteStream(logFile);
  guest.stdout.pipe(log, { end: false });
  guest.stderr.pipe(log, { end: false });
  const limit = AbortSignal.timeout(limitMs);
  limit.addEventListener("abort", stop);
  try {
    for await (const line of createInterface(guest.stdout)) {
      const message = parseMessage(line);
      if (message === undefined) continue;
      addMessage(report, message);
      onMessage(message);
    }
    const [status] = await closed;
    if (limit.aborted) throw new Error(`not finished within ${limitMs / 1000} s; console: ${logFile}`);
    if (!report.ended)
      throw new Error(`the machine ended before the guest did (status ${status}); console: ${logFile}`);
  } finally {
    process.off("exit", stop);
    log.end();
  }
  return report;
}

/**
 * Boots once, to the guest's power-off.
 *
 * @throws Error where the machine cannot run, takes too long, or ends before the guest came to its end
 */
export function boot(options: BootOptions): Promise<GuestReport> {
  const stdio = ["ignore", "pipe", "pipe"] as const;
  const emulator = emulators[options.processor];
  return listen(spawn(emulator.program, machineArguments(options, emulator), { stdio: [...stdio] }), options);
}
