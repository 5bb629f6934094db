/**
 * Standard error as a sink that blocks nobody and throws nothing. Node's own stream does for pipes and sockets; it would wait
 * for a terminal that is held (Ctrl-S), and a device that is full.
 */

import { constants, fstatSync, openSync, write, writeSync } from "node:fs";
import type { Sink } from "./line-writer.ts";

const standardError = 2;

/** How long a terminal that takes no more is left alone, in milliseconds. */
const retryMs = 50;

/** The same terminal or device again, not waiting; its own flags, since those of standard error are the shell's too. */
function openWithoutWaiting(fd: number): number {
  try {
    const { O_WRONLY, O_APPEND, O_NONBLOCK, O_NOCTTY } = constants;
    return openSync(`/proc/self/fd/${fd}`, O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY);
  } catch {
    // No /proc, or another user's terminal: it may then wait.
    return fd;
  }
}

/** Writes to a device. What is left after a line that was cut off, on a full disk, begins on a line of its own. */
export function createDeviceSink(fd: number): Sink {
  let torn = false;

  function writeRest(bytes: Buffer, from: number, done: (written: boolean) => void): void {
    let at = from;
    try {
      while (at < bytes.length) {
        at += writeSync(fd, bytes, at);
        torn = false;
      }
      done(true);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EAGAIN") {
        setTimeout(() => writeRest(bytes, at, done), retryMs).unref();
        return;
      }
      torn ||= at > 0;
      done(false);
    }
  }

  return (text, done) => writeRest(Buffer.from(torn ? `\n${text}` : text), 0, done);
}

/**
 * As `createDeviceSink`, on a thread of libuv's pool: the file system of a log may hang. What it has not taken then is told to
 * nobody, and whoever writes lines counts those that come meanwhile.
 */
export function createDiskSink(fd: number): Sink {
  let torn = false;

  function writeRest(bytes: Buffer, at: number, done: (written: boolean) => void): void {
    write(fd, bytes, at, bytes.length - at, null, (error, count) => {
      if (error !== null) {
        torn ||= at > 0;
        done(false);
        return;
      }
      torn = false;
      if (at + count < bytes.length) writeRest(bytes, at + count, done);
      else done(true);
    });
  }

  return (text, done) => writeRest(Buffer.from(torn ? `\n${text}` : text), 0, done);
}

/** Writes to a pipe or socket through Node's stream, which keeps what its reader does not take yet. */
function createStreamSink(): Sink {
  return (text, done) => void process.stderr.write(text, (error) => done(error === undefined || error === null));
}

/** Standard error, whatever it is. */
export function createStandardError(): Sink {
  // Each failure is told to who wrote; without a listener it would end the program.
  process.stderr.on("error", () => undefined);
  const stat = fstatSync(standardError);
  if (stat.isFIFO() || stat.isSocket()) return createStreamSink();
  if (stat.isCharacterDevice()) return createDeviceSink(openWithoutWaiting(standardError));
  return createDiskSink(standardError);
}
