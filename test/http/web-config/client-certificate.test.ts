import { describe, expect, test } from "@jest/globals";
import { fc } from "../../support/properties.ts";

import { parseAltNames } from "../../../src/http/web-config/client-certificate.ts";

describe("a certificate's names", () => {
  test.each<[string, string[]]>([
    ["", []],
    ["DNS:a.example", ["a.example"]],
    ["DNS:a, email:b@c, URI:spiffe://d/e, IP Address:10.0.0.1", ["a", "b@c", "spiffe://d/e", "10.0.0.1"]],
    ["IP Address:2001:DB8:0:0:0:0:0:1, DNS:a", ["2001:db8::1", "a"]],
    ["URI:https://a:8/b?c=d:e", ["https://a:8/b?c=d:e"]],
    ["DirName:CN = a, Registered ID:1.2.3, othername:<unsupported>, DNS:b", ["b"]],
  ])("in %j are %j", (text, names) => {
    expect(parseAltNames(text)).toEqual(names);
  });

  test("may contain commas, quotes and text that looks like another name, and are still one name", () => {
    const name = 'a, DNS:"admin", DNS:b\\';
    expect(parseAltNames(`DNS:${JSON.stringify(name)}, DNS:c`)).toEqual([name, "c"]);
    expect(parseAltNames('DirName:"CN = a, DNS:admin", DNS:c')).toEqual(["c"]);
  });

  test("are read without an exception, whatever a certificate contains", () => {
    const parts = fc.constantFrom("DNS:", "IP Address:", "::", '"', "\\", ", ", ":", "\\u00zz", "<invalid>", "a", "1");
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 12 }), (text) => {
        expect(Array.isArray(parseAltNames(text.join("")))).toBe(true);
      }),
      { numRuns: 2000, interruptAfterTimeLimit: 10_000 },
    );
  });
});
