/** In every file of tests: what a test started ends with the test, what its file started with the file. */

import { afterAll, afterEach, beforeEach } from "@jest/globals";
import { beginTest, endStarted } from "../processes.ts";

beforeEach(beginTest);
afterEach(() => endStarted("test"));
afterAll(() => endStarted("file"));
