import { expect, test } from "@jest/globals";
import { readdirSync, readFileSync } from "node:fs";
import { assetNames, readAssets } from "../../../src/http/pages/assets.ts";

const folder = new URL("../../../src/browser/", import.meta.url);

test("each file of src/browser is an asset, but for the compiler's settings", () => {
  const files = readdirSync(folder).filter((name) => name !== "tsconfig.json");
  expect([...assetNames].sort()).toEqual(files.sort());
});

test("assets have their bytes and types, and a version", () => {
  const { files, version } = readAssets();
  expect(files.get("page.css")).toEqual({
    type: "text/css; charset=utf-8",
    content: readFileSync(new URL("page.css", folder)),
  });
  expect(version).toMatch(/^[0-9a-f]{12}$/);
});

test("no asset asks another host for anything", () => {
  for (const [name, { content }] of readAssets().files) {
    const addresses = content.toString().match(/(?:https?:)?\/\/[\w-]+\.\w+[^\s"')]*/g) ?? [];
    // The name of SVG's namespace is no address that anything asks for.
    expect([name, addresses.filter((address) => address !== "http://www.w3.org/2000/svg")]).toEqual([name, []]);
  }
});
