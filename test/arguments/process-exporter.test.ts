import { expect, test } from "@jest/globals";
import { insteadOfForeign } from "../../src/arguments/process-exporter.ts";
import { parseArguments } from "../../src/arguments/parse.ts";
import { flags } from "../../src/flags.ts";

/** The flags that the help of process-exporter lists, in 0.7.10 and later. */
const theirs = [
  ...["children", "config.path", "debug", "gather-smaps", "man", "namemapping", "once-to-stdout-delay", "procfs"],
  ...["procnames", "recheck", "recheck-with-time-limit", "remove-empty-groups", "threads", "version"],
  ...["web.config.file", "web.listen-address", "web.telemetry-path"],
];

test.each(theirs.flatMap((name) => [`-${name}`, `-${name}=x`]))(
  "%s is refused, and the error says what to use instead",
  (argument) => {
    expect(() => parseArguments([argument])).toThrow(
      /^FLAG_UNKNOWN at .*; (this is process-exporter's: \w.*|flags follow two dashes: --\w.*)$/,
    );
  },
);

test("every flag that a remedy names is one of this program", () => {
  const named = theirs.flatMap((name) => [...(insteadOfForeign(name) ?? "").matchAll(/--([a-z.-]+\w)/g)]);
  expect(named.length).toBeGreaterThan(5);
  for (const [, name = ""] of named) expect(Object.keys(flags)).toContain(name);
});
