import { expect, test } from "@jest/globals";
import { contentSecurityPolicy, renderDocument } from "../../../src/http/pages/document.ts";
import { html } from "../../../src/http/pages/html.ts";

const parts = {
  title: "<title>",
  assetVersion: "abc",
  head: html`<h1>one</h1>`,
  main: html`<p>two</p>`,
  refreshMs: 4250.4,
};

test("a page has its title, its parts, and the time until it is to be refreshed", () => {
  const { text } = renderDocument(parts);
  expect(text).toMatch(/^<!doctype html>/);
  expect(text).toContain("<title>&lt;title&gt;</title>");
  expect(text).toMatch(/<header>[\s\S]*<h1>one<\/h1>[\s\S]*<\/header>/);
  expect(text).toMatch(/<main id="main" data-refresh-ms="4250">[\s\S]*<p>two<\/p>[\s\S]*<\/main>/);
});

test("all addresses are relative, and the assets' have their version", () => {
  const addresses = [...renderDocument(parts).text.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, address]) => address);
  expect(addresses).toEqual(["icon.svg", "page.css", "page.js"].map((name) => `./assets/${name}?v=abc`));
});

test("nothing is inline, since the policy refuses it", () => {
  expect(renderDocument(parts).text).not.toMatch(/<style|style=|<script(?![^>]*src=)|\son\w+=/);
  expect(contentSecurityPolicy).not.toMatch(/unsafe|data:|\*/);
  expect(contentSecurityPolicy).toContain("default-src 'none'");
});
