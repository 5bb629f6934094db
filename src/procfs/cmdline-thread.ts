/** The thread that reads command lines. A read can block for ever: then the thread is given up, and writes no further command line. */

import { workerData } from "node:worker_threads";
import { cmdlineBytes, readCmdlineBytes } from "./cmdline.ts";
import { openMailbox } from "./cmdline-mailbox.ts";
import { createPulse } from "./pulse.ts";

/** What the thread is given at its start. */
export interface CmdlineTask {
  readonly procRoot: string;
  readonly memory: SharedArrayBuffer;
}

const { procRoot, memory } = workerData as CmdlineTask;
const pulse = createPulse(memory);
const { control, request, answered, count, done, ids, lengths, text } = openMailbox(memory);

/** Reads the command lines of the request, as many as fit into the mailbox. */
function answer(): void {
  const wanted = Atomics.load(control, count);
  for (let index = 0, end = 0; index < wanted && end + cmdlineBytes <= text.length; index++) {
    const tgid = ids[index] as number;
    const length = pulse.around(tgid, () => readCmdlineBytes(`${procRoot}/${tgid}/cmdline`, text, end));
    if (pulse.givenUp) return;
    lengths[index] = length;
    end += Math.max(length, 0);
    Atomics.store(control, done, index + 1);
  }
}

pulse.begin();
for (let last = 0; !pulse.givenUp;) {
  Atomics.wait(control, request, last);
  last = Atomics.load(control, request);
  if (last < 0) break;
  answer();
  Atomics.store(control, answered, last);
  Atomics.notify(control, answered);
}
