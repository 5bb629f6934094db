import { describe, expect, test } from "@jest/globals";
import { fc } from "../support/properties.ts";
import { readFileSync } from "node:fs";
import { faultOfLabelName, formLabelValue } from "../../src/classify/label.ts";

describe("the name of a free label", () => {
  test("is not that of a label that metrics of a group have already", () => {
    const page = readFileSync(new URL("../golden/page.txt", import.meta.url), "utf8");
    const lines = page.split("\n").filter((line) => line.includes("groupname="));
    const names = new Set(lines.flatMap((line) => [...line.matchAll(/[{,]([a-z_]+)="/g)].map(([, name = ""]) => name)));
    expect(names.size).toBeGreaterThan(4);
    expect([...names].filter((name) => faultOfLabelName(name) === undefined)).toEqual([]);
  });

  test.each(["namespace", "pod", "container", "by", "groupname", "le"])(
    "is not %s, which the exporter sets itself",
    (name) => {
      expect(faultOfLabelName(name)).toMatch(/^a label name that the exporter does not use itself \(groupname, /);
    },
  );

  test.each(["job", "instance"])("is not %s, which Prometheus gives to targets", (name) => {
    expect(faultOfLabelName(name)).toBe("a label name that Prometheus does not give to targets itself (job, instance)");
  });

  test.each(["team", "_x", "Service_2", "workload", "Job"])("may be %s", (name) => {
    expect(faultOfLabelName(name)).toBeUndefined();
  });

  test.each(["", "2x", "a-b", "a.b", "é", "__name__", "__proto__", "a\n"])("may not be %j", (name) => {
    expect(faultOfLabelName(name)).toMatch(/^a label name: letters, digits and _, without/);
  });
});

describe("the value of a label", () => {
  test("is cut after the given number of characters, and no character is split", () => {
    expect(formLabelValue("abcdef", 4)).toBe("abcd");
    expect(formLabelValue("😀😀😀😀", 3)).toBe("😀😀😀");
    expect(formLabelValue("😀b", 2)).toBe("😀b");
  });

  test("has U+FFFD in place of a lone surrogate, which a page cannot hold", () => {
    expect(formLabelValue("a\ud83d b\udc00", 9)).toBe("a\ufffd b\ufffd");
    expect(formLabelValue("\ufffd😀", 9)).toBe("\ufffd😀");
  });

  test("is well-formed and not too long, whatever it is made from", () => {
    const units = fc.array(fc.constantFrom("a", "\ud83d", "\ude00", "\0", "é"), { maxLength: 30 });
    fc.assert(
      fc.property(units, fc.integer({ min: 1, max: 20 }), (parts, most) => {
        const value = formLabelValue(parts.join(""), most);
        expect(Array.from(value).length).toBeLessThanOrEqual(most);
        expect(Buffer.from(value, "utf8").toString("utf8")).toBe(value);
      }),
    );
  });
});
