import { afterEach, expect, test } from "@jest/globals";
import { isDebuggerWanted } from "../src/debugger-signal.ts";

const { NODE_OPTIONS: options } = process.env;
const { execArgv } = process;

afterEach(() => {
  process.execArgv = execArgv;
  if (options === undefined) Reflect.deleteProperty(process.env, "NODE_OPTIONS");
  else process.env["NODE_OPTIONS"] = options;
});

test.each(["--inspect", "--inspect=0.0.0.0:1", "--inspect-brk", "--inspect_wait=9229"])(
  "a debugger is wanted with %s, as a flag of Node and in NODE_OPTIONS",
  (flag) => {
    process.execArgv = [flag];
    process.env["NODE_OPTIONS"] = "";
    expect(isDebuggerWanted()).toBe(true);
    process.execArgv = [];
    process.env["NODE_OPTIONS"] = `--no-warnings  ${flag}`;
    expect(isDebuggerWanted()).toBe(true);
  },
);

test.each(["", "--inspect-port=1", "--inspect-publish-uid=http", "--no-inspect", "--require=--inspect.js"])(
  "no debugger is wanted with %j",
  (flag) => {
    process.execArgv = flag === "" ? [] : [flag];
    process.env["NODE_OPTIONS"] = flag;
    expect(isDebuggerWanted()).toBe(false);
  },
);
