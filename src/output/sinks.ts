/**
 * Standard output and standard error as sinks that never block and never throw. For pipes and sockets they use Node's stream. For others
 * they do not, since Node's stream would block at a terminal that is held (Ctrl-S), and at a device that is full.
 */

import { constants, fstatSync, openSync, write, writeSync } from "node:fs";
import type { Sink } from "./line-writer.ts";

/** Pause before another try to write to a terminal that takes no more, in milliseconds. */
const retryMs = 50;

/**
 * Opens the same terminal or device again, with O_NONBLOCK. That flag must not be set on the descriptor itself, which may share its
 * flags with the shell.
 */
function openWithoutWaiting(fd: number): number {
  try {
    const { O_WRONLY, O_APPEND, O_NONBLOCK, O_NOCTTY } = constants;
    return openSync(`/proc/self/fd/${fd}`, O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY);
  } catch {
    // There is no /proc, or the terminal is another user's. Writes may then block.
    return fd;
  }
}

/** Creates a sink for a device. Where a text was cut off, because the device was full, the next text begins on a new line. */
export function createDeviceSink(fd: number): Sink {
  let torn = false;

  function writeRest(bytes: Buffer, from: number, done: Parameters<Sink>[1]): void {
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
      done(false, error as Error);
    }
  }

  return (text, done) => writeRest(Buffer.from(torn ? `\n${text}` : text), 0, done);
}

/**
 * As `createDeviceSink`, but writes on a thread of libuv's pool, since the file system of a log may hang. While it hangs, `done` is
 * not called, and the line writer counts the lines that it must drop.
 */
export function createDiskSink(fd: number): Sink {
  let torn = false;

  function writeRest(bytes: Buffer, at: number, done: Parameters<Sink>[1]): void {
    write(fd, bytes, at, bytes.length - at, null, (error, count) => {
      if (error !== null) {
        torn ||= at > 0;
        done(false, error);
        return;
      }
      torn = false;
      if (at + count < bytes.length) writeRest(bytes, at + count, done);
      else done(true);
    });
  }

  return (text, done) => writeRest(Buffer.from(torn ? `\n${text}` : text), 0, done);
}

/** Creates a sink for a pipe or socket: Node's stream, which keeps in memory what the reader has not yet taken. */
function createStreamSink(stream: NodeJS.WriteStream): Sink {
  // `done` reports each failure. Without a listener here, a failure would end the program.
  stream.on("error", () => undefined);
  return (text, done) => void stream.write(text, (error) => done(!error, error ?? undefined));
}

/** Creates the sink for one of the two streams, by the kind of file that it is. */
function createStandardSink(stream: NodeJS.WriteStream, fd: number): Sink {
  const stat = fstatSync(fd);
  if (stat.isFIFO() || stat.isSocket()) return createStreamSink(stream);
  if (stat.isCharacterDevice()) return createDeviceSink(openWithoutWaiting(fd));
  return createDiskSink(fd);
}

export const createStandardError = (): Sink => createStandardSink(process.stderr, 2);
export const createStandardOutput = (): Sink => createStandardSink(process.stdout, 1);
