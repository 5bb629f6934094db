/**
 * Outlives the run of tests that started it, whatever ends that: SIGKILL and Ctrl-C too. When its standard input ends it
 * removes what the run has left, and says as JSON what that was.
 */

import { text } from "node:stream/consumers";
import { removeLeftovers } from "./leftovers.js";

const [run = ""] = process.argv.slice(2);

// A run that was killed reads no answer.
process.stdout.on("error", () => undefined);
await text(process.stdin);
process.stdout.write(JSON.stringify(await removeLeftovers(run)));
