/** Compares requests to the process connector byte for byte. */

import { expect, test } from "@jest/globals";
import { PROC_CN_MCAST_IGNORE, PROC_CN_MCAST_LISTEN } from "../../src/connector/constants.ts";
import { encodeListenRequest } from "../../src/connector/encode.ts";
import { writeConnectorMessage } from "../support/connector-writer.ts";

test.each([
  { operation: PROC_CN_MCAST_LISTEN, word: 1 },
  { operation: PROC_CN_MCAST_IGNORE, word: 2 },
])("a request has the operation $word and nothing else", ({ operation, word }) => {
  expect(encodeListenRequest(operation)).toEqual(writeConnectorMessage(new Uint8Array(Uint32Array.of(word).buffer)));
});
