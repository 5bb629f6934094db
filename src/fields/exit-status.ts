/** Reads the wait status in `ac_exitcode` by the macros of wait(2). Source of the names: include/uapi/asm-generic/signal.h. */

const signalNames = [
  "", "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1", "SIGSEGV",
  "SIGUSR2", "SIGPIPE", "SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU",
  "SIGURG", "SIGXCPU", "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR", "SIGSYS",
]; // prettier-ignore

/** SIGRTMIN of the C libraries and of `kill -l`. The kernel's is 32, but the libraries keep 32 and 33 for themselves. */
const SIGRTMIN = 34;

export interface ExitStatus {
  readonly reason: "exited" | "signaled" | "dumped";
  /** The exit code, 0 to 255, as text; for the other reasons the signal's name. */
  readonly code: string;
}

/** Splits a wait status as WIFEXITED, WEXITSTATUS, WTERMSIG and WCOREDUMP do. */
export function parseExitStatus(status: number): ExitStatus {
  const signal = status & 0x7f;
  if (signal === 0) return { reason: "exited", code: String((status >> 8) & 0xff) };
  return { reason: (status & 0x80) === 0 ? "signaled" : "dumped", code: signalName(signal) };
}

function signalName(signal: number): string {
  const name = signalNames[signal];
  if (name !== undefined) return name;
  if (signal < SIGRTMIN) return `SIG${signal}`;
  return signal === SIGRTMIN ? "SIGRTMIN" : `SIGRTMIN+${signal - SIGRTMIN}`;
}

const signalCount = 64;

/** Whether a text may be the `code` of an exit: `0` to `255`, or the name of a signal. */
export function isExitCode(text: string): boolean {
  if (/^\d+$/.test(text)) return Number(text) <= 255 && text === String(Number(text));
  return Array.from({ length: signalCount }, (_, index) => signalName(index + 1)).includes(text);
}

/** The bits of a wait status that say how the process exited. Bits that only a stopped or continued task sets are masked out. */
export function exitStatusKey(status: number): number {
  return (status & 0x7f) === 0 ? status & 0xff00 : status & 0xff;
}
