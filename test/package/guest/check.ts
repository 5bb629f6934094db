/** The form of a check in the guest. */

/** Figures that the host prints beside the title. */
export type Figures = Readonly<Record<string, string | number>>;

export interface Check {
  /** A sentence that could be false. */
  readonly title: string;
  /** @returns figures, or nothing. @throws Error that says what is wrong */
  readonly verify: () => Promise<unknown>;
}

/** The figures that a check returned; none where it returned something else. */
export const figuresOf = (value: unknown): Figures =>
  typeof value === "object" && value !== null ? (value as Figures) : {};

/** The time limit of a check: an emulated processor on a busy host is many times slower than a real one. */
const limitMs = 400_000;

/** Runs a check. @throws Error as the check does, or where it takes too long */
export async function verifyInTime({ verify }: Check): Promise<Figures> {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`not finished within ${limitMs / 1000} s`)), limitMs);
  });
  try {
    return figuresOf(await Promise.race([verify(), expired]));
  } finally {
    clearTimeout(timer);
  }
}
