/** The wait status in `ac_exitcode`, read as wait(2) does. Source: include/uapi/asm-generic/signal.h for the names. */

const signalNames = [
  "", "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1", "SIGSEGV",
  "SIGUSR2", "SIGPIPE", "SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU",
  "SIGURG", "SIGXCPU", "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR", "SIGSYS",
]; // prettier-ignore

/** SIGRTMIN as the C libraries and `kill -l` count; the kernel starts at 32, and the libraries keep the first two. */
const SIGRTMIN = 34;

export interface ExitStatus {
  readonly reason: "exited" | "signaled" | "dumped";
  /** Exit code 0..255 as text, or the signal's name. */
  readonly code: string;
}

/** Splits a wait status: WIFEXITED, WEXITSTATUS, WTERMSIG, WCOREDUMP. */
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

/** The bits of a wait status that name the end; what a stopped or continued task would set is masked. */
export function exitStatusKey(status: number): number {
  return (status & 0x7f) === 0 ? status & 0xff00 : status & 0xff;
}
