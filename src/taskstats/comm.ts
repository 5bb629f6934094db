/** Reads the command name of a struct. */

import { readUint32 } from "../base/byte-order.ts";
import { commField } from "../fields/fields.ts";

/** Reads the text of `ac_comm` at `at`. Bytes that are not UTF-8 become U+FFFD. */
export type CommReader = (view: DataView, at: number) => string;

const words = commField.bytes / 4;

/** Names that are remembered: a power of two. */
const places = 256;

/**
 * Creates a reader that remembers names by their bytes: the tasks that exit have few names, and to make a text anew takes three times as
 * long. Each name has one place, where the next one with the same hash replaces it.
 */
export function createCommReader(): CommReader {
  const keys = new Uint32Array(places * words);
  // Bytes that are all 0 are the empty name.
  const names = new Array<string>(places).fill("");
  /** Where the last name is: it is compared first, since many tasks of one name exit one after the other. */
  let latest = 0;

  function placeOf(view: DataView, at: number): number {
    let hash = 0;
    for (let word = 0; word < words; word++) {
      hash = Math.imul(hash ^ readUint32(view, at + 4 * word), 0x9e3779b1);
    }
    return (hash >>> 16) % places;
  }

  function isAt(place: number, view: DataView, at: number): boolean {
    for (let word = 0; word < words; word++) {
      if (keys[place * words + word] !== readUint32(view, at + 4 * word)) return false;
    }
    return true;
  }

  return (view, at) => {
    if (isAt(latest, view, at)) return names[latest] as string;
    const place = placeOf(view, at);
    latest = place;
    if (!isAt(place, view, at)) {
      names[place] = readText(view, at);
      for (let word = 0; word < words; word++) {
        keys[place * words + word] = readUint32(view, at + 4 * word);
      }
    }
    return names[place] as string;
  };
}

/** Keeps a byte order mark, because /proc keeps it too and the two texts are compared. */
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

function readText(view: DataView, at: number): string {
  const bytes = new Uint8Array(view.buffer, view.byteOffset + at, commField.bytes);
  const nul = bytes.indexOf(0);
  return utf8.decode(nul < 0 ? bytes : bytes.subarray(0, nul));
}
