/** Whether a forked child that nobody saw had a title of its own. */

import { describe, expect, test } from "@jest/globals";
import { createTitles, isPlain, type Program } from "../../src/execs/titles.ts";

const server: Program = { comm: "server", argv: ["/usr/sbin/server", "--config", "a"] };
const shell: Program = { comm: "job.sh", argv: ["/bin/sh", "./job.sh"] };
const hour = 3600e6;

describe("a child that nobody saw", () => {
  test("of a shell, of perl or of python has no title, however long it lived", () => {
    const titles = createTitles();
    for (const argv0 of ["sh", "-bash", "/bin/dash", "/opt/bin/python3.12", "perl", "/bin/busybox"]) {
      expect(titles.isUntitled({ comm: "x", argv: [argv0] }, { lifeUs: hour, seenUs: undefined })).toBe(true);
    }
  });

  test("of another program may have a title, however short it lived", () => {
    expect(createTitles().isUntitled(server, { lifeUs: 100, seenUs: undefined })).toBe(false);
  });

  test("has none where others of the same command line were seen without one at that age", () => {
    const titles = createTitles();
    titles.noteUntitled(server, 9000);
    titles.noteUntitled(server, 6000);
    const isUntitled = (program: Program, lifeUs: number) => titles.isUntitled(program, { lifeUs, seenUs: undefined });
    expect(isUntitled(server, 9000)).toBe(true);
    expect(isUntitled(server, 9001)).toBe(false);
    expect(isUntitled({ ...server, argv: ["/usr/sbin/server", "--config", "b"] }, 9000)).toBe(false);
  });

  test("may have one where another was seen without one in its first milliseconds only: the title may come later", () => {
    const titles = createTitles();
    titles.noteUntitled(server, 4999);
    expect(titles.isUntitled(server, { lifeUs: 100, seenUs: undefined })).toBe(false);
    expect(titles.isUntitled(server, { lifeUs: 4999, seenUs: 4999 })).toBe(false);
  });

  test("has none in its first milliseconds where a hundred revisits of others found none", () => {
    const titles = createTitles();
    const isUntitled = (lifeUs: number) => titles.isUntitled(server, { lifeUs, seenUs: undefined });
    for (let count = 0; count < 99; count++) titles.noteUntitled(server, 300);
    expect(isUntitled(900)).toBe(false);
    titles.noteUntitled(server, 300);
    expect([isUntitled(4900), isUntitled(5100)]).toEqual([true, false]);
  });

  test("may have one where any process of its program had one, though others were seen without", () => {
    const titles = createTitles();
    titles.noteUntitled(server, hour);
    titles.noteTitled({ ...server, argv: ["/usr/sbin/server", "--other"] });
    expect(titles.isUntitled(server, { lifeUs: 10, seenUs: 10 })).toBe(false);
    expect(titles.isUntitled(shell, { lifeUs: 10, seenUs: undefined })).toBe(true);
    titles.noteTitled(shell);
    expect(titles.isUntitled(shell, { lifeUs: 10, seenUs: undefined })).toBe(false);
  });

  test("may have one where its parent seems to have one: a single text with blanks is no path of a program", () => {
    const titled: Program = { comm: "nginx", argv: ["nginx: master process /usr/sbin/nginx"] };
    expect(createTitles().isUntitled(titled, { lifeUs: 10, seenUs: 10 })).toBe(false);
  });
});

test("a child that was seen without a title has none when it exits before the next revisit, and may have one later", () => {
  const titles = createTitles();
  expect(titles.isUntitled(server, { lifeUs: 15_000, seenUs: 10_000 })).toBe(true);
  expect(titles.isUntitled(server, { lifeUs: 17_000, seenUs: 10_000 })).toBe(false);
});

test("unknown programs are not plain", () => {
  for (const argv0 of [undefined, "", "postgres", "php-fpm: pool www", "bash: session", "nginx", "ruby", "shd"]) {
    expect(isPlain(argv0)).toBe(false);
  }
});

test("only a limited number of programs is remembered", () => {
  const titles = createTitles();
  titles.noteTitled(server);
  for (let index = 0; index < 5000; index++) titles.noteTitled({ comm: `c${index}`, argv: ["x"] });
  titles.noteUntitled(server, 9000);
  expect(titles.isUntitled(server, { lifeUs: 100, seenUs: undefined })).toBe(true);
});
