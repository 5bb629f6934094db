/** Boots a kernel in an emulated machine and collects what the guest says on its serial console. */

import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { ProcessorName } from "./packages.ts";
import { addMessage, createGuestReport, parseMessage, type GuestReport, type Message } from "./report.ts";

/** The task of a guest, and the function that receives its messages. */
export interface GuestOptions {
  readonly initramfs: string;
  /** The file for all that the guest writes. */
  readonly logFile: string;
  readonly limitMs: number;
  /** Words for the guest, which go on the kernel's command line. */
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

/** Without acceleration by the processor, which not every host has. */
const emulators: Readonly<Record<ProcessorName, Emulator>> = {
  /**
   * The simplest model, since not every host has others. Without cx16: cmpxchg16b of QEMU 7.2 now and then spoils
   * the flags, and with them the kernel's allocator. Without the check of the timer, which fails on a busy host.
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
 * Listens to a guest until its end.
 *
 * @throws Error where it takes too long, or ends before it has said that it is done
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
 * Boots a guest and waits until it powers off.
 *
 * @throws Error where the machine cannot run, takes too long, or ends before the guest has said that it is done
 */
export function boot(options: BootOptions): Promise<GuestReport> {
  const stdio = ["ignore", "pipe", "pipe"] as const;
  const emulator = emulators[options.processor];
  return listen(spawn(emulator.program, machineArguments(options, emulator), { stdio: [...stdio] }), options);
}
