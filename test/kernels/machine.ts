/** Boots a kernel in an emulated machine and collects what the guest says on its serial console. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { createInterface } from "node:readline";
import { addMessage, createGuestReport, parseMessage, type GuestReport, type Message } from "./report.ts";

export interface BootOptions {
  readonly kernel: string;
  readonly initramfs: string;
  /** Where all that the console showed is kept. */
  readonly logFile: string;
  readonly processors: number;
  readonly limitMs: number;
  /** Words for the guest on the kernel's command line. */
  readonly words: readonly string[];
  readonly onMessage: (message: Message) => void;
}

/**
 * `qemu64` and no acceleration by the processor: other models, and KVM, are not to be had everywhere. Without cx16, since
 * QEMU 7.2's cmpxchg16b now and then spoils the flags, and the kernel's allocator with them; without the check of the
 * timer, which a busy host fails.
 */
function machineArguments({ kernel, initramfs, processors, words }: BootOptions): string[] {
  const append = ["console=ttyS0 quiet panic=-1 random.trust_cpu=1 no_timer_check", ...words].join(" ");
  return [
    ...["-accel", "tcg,thread=multi", "-cpu", "qemu64,-cx16", "-m", "2048", "-smp", String(processors)],
    ...["-display", "none", "-monitor", "none", "-serial", "stdio", "-nic", "none", "-no-reboot"],
    ...["-kernel", kernel, "-initrd", initramfs, "-append", append],
  ];
}

/**
 * Boots once, to the guest's power-off.
 *
 * @throws Error where the machine cannot run, takes too long, or ends before the guest came to its end
 */
export async function boot(options: BootOptions): Promise<GuestReport> {
  const { logFile, limitMs, onMessage } = options;
  const report = createGuestReport();
  const machine = spawn("qemu-system-x86_64", machineArguments(options), { stdio: ["ignore", "pipe", "pipe"] });
  const stop = (): void => void machine.kill("SIGKILL");
  process.once("exit", stop);
  const closed = once(machine, "close") as Promise<[number | null]>;
  const log = createWriteStream(logFile);
  machine.stdout.pipe(log, { end: false });
  machine.stderr.pipe(log, { end: false });
  const limit = AbortSignal.timeout(limitMs);
  limit.addEventListener("abort", stop);
  try {
    for await (const line of createInterface(machine.stdout)) {
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
