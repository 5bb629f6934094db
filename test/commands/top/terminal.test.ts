import { describe, expect, test } from "@jest/globals";
import { EventEmitter } from "node:events";
import { openTerminal, type Terminal, type TerminalParts } from "../../../src/commands/top/terminal.ts";
import { enterScreen, leaveScreen, paintScreen } from "../../../src/terminal/screen.ts";

interface Stage {
  readonly terminal: Terminal;
  readonly stdin: EventEmitter;
  readonly stdout: EventEmitter & { columns: number; rows: number };
  readonly process: EventEmitter;
  /** What happened, in its order: texts that were written, modes, signals that were sent, and what listeners were told. */
  readonly told: string[];
  /** Lets the terminal take the text that it has not taken yet. */
  readonly accept: (ok?: boolean) => void;
}

/** @param slow whether the terminal takes texts only when `accept` is called */
function open(slow = false): Stage {
  const told: string[] = [];
  const waiting: ((ok: boolean) => void)[] = [];
  const stdin = Object.assign(new EventEmitter(), {
    isTTY: true,
    setRawMode: (on: boolean) => void told.push(`raw ${on}`),
    ...{ setEncoding: () => undefined, resume: () => undefined, pause: () => void told.push("pause") },
  });
  const stdout = Object.assign(new EventEmitter(), { columns: 80, rows: 24 });
  const process = Object.assign(new EventEmitter(), {
    kill: (pid: number, signal: string) => void told.push(`kill ${pid} ${signal}`),
  });
  const sink: TerminalParts["sink"] = (text, done) => {
    told.push(text);
    if (slow) waiting.push(done);
    else done(true);
  };
  const note = (word: string) => (detail?: unknown) => void told.push([word, detail].flat().filter(Boolean).join(" "));
  const parts = { stdin, stdout, process, sink } as unknown as TerminalParts;
  const terminal = openTerminal(parts, {
    onKey: note("key"),
    onRepaint: () => note("repaint")(),
    onEnd: () => note("end")(),
  });
  return { terminal, stdin, stdout, process, told, accept: (ok = true) => waiting.shift()?.(ok) };
}

describe("the terminal", () => {
  test("is taken, painted, and given back as it was", async () => {
    const { terminal, told, process, stdin } = open();
    terminal.paint(["a", "b"]);
    await terminal.close();
    expect(told).toEqual(["raw true", enterScreen, paintScreen(["a", "b"]), leaveScreen, "raw false", "pause"]);
    expect([process.listenerCount("SIGTSTP"), process.listenerCount("uncaughtExceptionMonitor")]).toEqual([0, 0]);
    expect(stdin.listenerCount("data")).toBe(0);
  });

  test("tells keys, and that it has another size", () => {
    const { stdin, stdout, told, terminal } = open();
    stdin.emit("data", "s\u001b[C");
    Object.assign(stdout, { columns: 40, rows: 12 }).emit("resize");
    expect(told.slice(2)).toEqual(["key s", "key right", "repaint"]);
    expect(terminal.size).toEqual({ width: 40, height: 12 });
  });

  test("without a size has the usual one", () => {
    const { stdout, terminal } = open();
    Object.assign(stdout, { columns: 0, rows: undefined });
    expect(terminal.size).toEqual({ width: 80, height: 24 });
  });

  test.each(["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"])("tells of the end at %s", (signal) => {
    const { process, told } = open();
    process.emit(signal);
    expect(told.at(-1)).toBe("end");
  });

  test("tells of the end when it is gone", () => {
    const { stdin, told } = open();
    stdin.emit("error", new Error("EIO"));
    expect(told.at(-1)).toBe("end");
    const slow = open(true);
    slow.terminal.paint(["a"]);
    slow.accept();
    slow.accept(false);
    expect(slow.told.at(-1)).toBe("end");
  });

  test("is given back before an exception that nobody caught is printed", () => {
    const { process, told } = open();
    process.emit("uncaughtExceptionMonitor", new Error("mistake"));
    expect(told.slice(2)).toEqual([leaveScreen, "raw false"]);
  });

  test("that is slow is shown only the last of the screens that wait", () => {
    const { terminal, told, accept } = open(true);
    // The sequence that takes the screen.
    accept();
    for (const line of ["a", "b", "c"]) terminal.paint([line]);
    accept();
    expect(told.slice(2)).toEqual([paintScreen(["a"]), paintScreen(["c"])]);
  });

  test("that takes nothing any more does not hold up the end", async () => {
    const { terminal, told } = open(true);
    terminal.paint(["a"]);
    terminal.paint(["b"]);
    await terminal.close();
    expect(told.slice(-3)).toEqual([leaveScreen, "raw false", "pause"]);
    expect(told).not.toContain(paintScreen(["b"]));
  });

  test.each(["ctrl-z", "SIGTSTP"])(
    "is given back at %s while the process is stopped, and taken again by SIGCONT",
    (way) => {
      const { terminal, process, told } = open();
      if (way === "ctrl-z") terminal.suspend();
      else process.emit("SIGTSTP");
      expect(told.slice(2)).toEqual([leaveScreen, "raw false", "kill 0 SIGTSTP"]);
      // The signal stops a process only if it does not listen to it.
      expect(process.listenerCount("SIGTSTP")).toBe(0);
      terminal.paint(["hidden"]);
      process.emit("SIGCONT");
      process.emit("SIGCONT");
      expect(told.slice(5)).toEqual(["raw true", enterScreen, "repaint"]);
      expect(process.listenerCount("SIGTSTP")).toBe(1);
    },
  );
});
