import { expect, test } from "@jest/globals";
import { escapeHtml, html } from "../../../src/http/pages/html.ts";

const hostile = `"><img src=x onerror='alert(1)'>&`;

test("text is escaped, in contents and in attributes", () => {
  expect(html`<b title="${hostile}">${hostile}</b>`.text).not.toMatch(/<img|onerror='/);
  expect(escapeHtml(hostile)).toBe("&quot;&gt;&lt;img src=x onerror=&#39;alert(1)&#39;&gt;&amp;");
});

test("HTML inside of HTML is not escaped again, and lists are joined", () => {
  const items = ["<a>", "b"].map((text) => html`<li>${text}</li>`);
  expect(
    html`<ul>
      ${items}
    </ul>`.text,
  ).toMatch(/<ul>\s*<li>&lt;a&gt;<\/li>\s*<li>b<\/li>\s*<\/ul>/);
});

test("what is undefined or false is nothing, and 0 is a number", () => {
  expect(html`${undefined}${false}${0}`.text).toBe("0");
});

test("characters that control the text beside them are replaced", () => {
  expect(escapeHtml("a\u0000\u001b\u202e\u2066\ud800z")).toBe("a\ufffd\ufffd\ufffd\ufffd\ufffdz");
});
