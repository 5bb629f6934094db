import { expect, test } from "@jest/globals";
import { enterScreen, leaveScreen, paintScreen } from "../../src/terminal/screen.ts";

test("leaving the screen undoes each mode that entering it has set", () => {
  const modes = (text: string, final: string): (string | undefined)[] =>
    [...text.matchAll(/\[\?(\d+)([hl])/g)].filter(([, , letter]) => letter === final).map(([, mode]) => mode);
  expect(modes(enterScreen, "h")).toEqual(modes(leaveScreen, "l"));
  expect(modes(enterScreen, "l").sort()).toEqual(modes(leaveScreen, "h").sort());
});

test("a screen is painted from its corner, each line cleared to its end, and the rest below cleared", () => {
  expect(paintScreen(["one", "two"])).toBe("\u001b[Hone\u001b[K\r\ntwo\u001b[K\u001b[J");
});
