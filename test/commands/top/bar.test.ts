import { expect, test } from "@jest/globals";
import { drawBar } from "../../../src/commands/top/bar.ts";
import { widthOf } from "../../../src/terminal/width.ts";
import { groupViewOf } from "../../support/live-groups.ts";
import { fc } from "../../support/properties.ts";

const plain = { columns: 10, most: 5, depth: 0 } as const;
const job = groupViewOf("job", { run: 1, waits: { cpu: 0.5, blkio: 2 } });

test("a bar without colours has the letter of each activity, in their order, as long as its share of the busiest", () => {
  expect(drawBar(job, plain)).toBe("RRCBBBB   ");
});

test("a bar with colours has their grounds in place of letters", () => {
  expect(drawBar(groupViewOf("job", { run: 2.5 }), { ...plain, depth: 24 })).toBe(
    "\u001b[48;2;47;158;110m     \u001b[49m     ",
  );
});

test("the busiest group fills the bar", () => {
  expect(drawBar(job, { ...plain, most: 3.5 })).toBe("RRRCBBBBBB");
});

test("a group that does nothing has an empty bar, also where nobody does anything", () => {
  expect(drawBar(groupViewOf("job"), plain)).toBe(" ".repeat(10));
  expect(drawBar(groupViewOf("job"), { ...plain, most: 0 })).toBe(" ".repeat(10));
});

test("a bar takes its columns, whatever the figures are", () => {
  const figure = fc.double({ min: 0, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(figure, figure, fc.integer({ min: 1, max: 60 }), (run, cpu, columns) => {
      const bar = drawBar(groupViewOf("job", { run, waits: { cpu } }), { columns, most: run + cpu, depth: 0 });
      expect(widthOf(bar)).toBe(columns);
    }),
  );
});
