/** The parts of a guest that differ by processor. */

/** The sources of these parts: this machine, or packages for another processor. */
export interface GuestParts {
  /** Debian's name of the processor. */
  readonly processor: string;
  /** A C compiler that makes programs for the guest. */
  readonly compiler: string;
  /** Writes a shell, with the few commands that a guest needs, to a path. */
  addBusybox(path: string): Promise<void>;
  /** Writes Node.js to a path, and the libraries that it loads below the root. */
  addNode(root: string, path: string): Promise<void>;
  /** Copies the built exporter and the packages that it needs into a folder. */
  addExporter(folder: string): Promise<void>;
}
