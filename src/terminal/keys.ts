/** Decodes what a terminal sends for the keys that are pressed. Source: XTerm Control Sequences (ctlseqs), PC-style function keys. Pure. */

/** A key with a name, or the character that was typed. */
export type Key = string;

const controls: Readonly<Record<string, Key>> = {
  "\u0003": "ctrl-c",
  "\u001a": "ctrl-z",
  "\u000c": "ctrl-l",
  "\r": "enter",
  "\n": "enter",
  "\u007f": "backspace",
  "\b": "backspace",
  "\u001b": "escape",
};

const finals: Readonly<Record<string, Key>> = { A: "up", B: "down", C: "right", D: "left", H: "home", F: "end" };
const numbers: Readonly<Record<string, Key>> = { 1: "home", 4: "end", 5: "page-up", 6: "page-down" };

/** A whole sequence of a key, or the begin of one. */
const sequence = /^\u001b(?:\[([0-9;]*)([@-~])|O([@-~]))/;
const begun = /^\u001b(?:\[[0-9;]*|O)$/;

/** The name of a sequence's key; undefined for a key that has none here. */
function nameSequence([, number = "", final = "", shifted = ""]: RegExpExecArray): Key | undefined {
  return final === "~" ? numbers[number.split(";")[0] ?? ""] : finals[final || shifted];
}

/** @returns a function that takes what was read and returns the keys; a sequence may be cut between two readings */
export function createKeyDecoder(): (text: string) => Key[] {
  let rest = "";
  return (text) => {
    const keys: Key[] = [];
    let left = rest + text;
    rest = "";
    while (left !== "") {
      const match = sequence.exec(left);
      if (match === null && begun.test(left) && left.length < 32) {
        rest = left;
        break;
      }
      const [character = ""] = left;
      const key =
        match === null
          ? (controls[character] ?? (/\p{Cc}/u.test(character) ? undefined : character))
          : nameSequence(match);
      if (key !== undefined) keys.push(key);
      left = left.slice(match?.[0].length ?? character.length);
    }
    return keys;
  };
}
