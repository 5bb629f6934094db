/** Copies what is the same as on a former sheet in pieces as long as possible: a call for each series would take longest. */

import type { Scratch } from "./scratch.ts";

/** Copies pieces of the former sheet into the scratch, those that follow each other in it as one. */
export function createPieces(scratch: Scratch, former: Buffer) {
  let [from, to] = [0, 0];
  /** Must be called before anything else is written into the scratch. */
  function flush(): void {
    scratch.copy(former, from, to);
    from = to;
  }
  return {
    flush,
    add(begin: number, end: number): void {
      if (begin !== to) {
        flush();
        from = begin;
      }
      to = end;
    },
    /** The length of the scratch with all pieces. */
    get length() {
      return scratch.length + to - from;
    },
  };
}

/**
 * Copies the former sheet into the scratch with other numbers. Most numbers are as long as those in whose place they come: these are
 * written over the copy, which is made in one piece up to the next number of another length.
 *
 * @param numbers empty; the caller writes each number here first
 */
export function createPatches(scratch: Scratch, numbers: Scratch, former: Buffer) {
  /** Where the numbers begin in `former` and in `numbers` that are still to be written over the next piece. */
  let places: number[] = [];
  let copied = 0;

  function copyTo(end: number): void {
    const growth = scratch.length - copied;
    scratch.copy(former, copied, end);
    copied = end;
    for (let next = 0; next < places.length; next += 2) {
      const to = (places[next] as number) + growth;
      const [from, until] = [places[next + 1] as number, places[next + 3] ?? numbers.length];
      for (let at = from; at < until; at++) scratch.bytes[to + at - from] = numbers.bytes[at] as number;
    }
    places = [];
    numbers.length = 0;
  }

  return {
    copyTo,
    /** What comes next follows `end` in the former sheet. */
    skipTo(end: number): void {
      copied = end;
    },
    /** Replaces what stands from `begin` to `end` in the former sheet by what is in `numbers` from `from` on. */
    replace(begin: number, end: number, from: number): void {
      const { length } = numbers;
      if (length - from === end - begin) {
        places.push(begin, from);
        return;
      }
      numbers.length = from;
      copyTo(begin);
      scratch.copy(numbers.bytes, from, length);
      copied = end;
    },
    /** By how much what was written so far is longer than it was in the former sheet. */
    get growth() {
      return scratch.length - copied;
    },
  };
}
