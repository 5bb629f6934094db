/** The form of test/fixtures/KERNEL/index.json: what each captured datagram is, and what it must decode to. */

/** One struct of a datagram. */
export interface CapturedRecord {
  readonly id: number;
  /** The name that the process gave itself; a group's struct has none. */
  readonly comm?: string;
  /** In an exit event: whether it was the last thread of its process. */
  readonly lastThread?: boolean;
  /** Members as wait4, the process itself or /proc had them. */
  readonly facts: Readonly<Record<string, number>>;
  /** All numeric members, read at the offsets of the kernel's type information, as unsigned decimal numbers. */
  readonly members: Readonly<Record<string, string>>;
}

export interface CapturedDatagram {
  readonly file: string;
  readonly what: string;
  /** The sequence number of an answer's question. Exit events have a number that counts per CPU. */
  readonly seq?: number;
  readonly errno?: number;
  readonly thread?: CapturedRecord;
  readonly process?: CapturedRecord;
}

export interface Capture {
  /** Major and minor release. */
  readonly kernel: string;
  readonly byteOrder: "LE" | "BE";
  readonly familyId: number;
  readonly structVersion: number;
  readonly structBytes: number;
  readonly datagrams: readonly CapturedDatagram[];
  /** A member summed over the threads of several events, as wait4 had it. */
  readonly sums: readonly { readonly files: readonly string[]; readonly member: string; readonly total: number }[];
}
