/** What a guest is made of that is other for each processor. */

/** Where these come from: this machine, or packages for another processor. */
export interface GuestParts {
  /** Debian's name of it. */
  readonly processor: string;
  /** A C compiler whose programs the guest runs. */
  readonly compiler: string;
  /** Puts a shell with the few commands that a guest needs to that path. */
  addBusybox(path: string): Promise<void>;
  /** Puts Node.js to that path, and what it loads below the root. */
  addNode(root: string, path: string): Promise<void>;
  /** Puts the built exporter and the packages that it needs into a folder. */
  addExporter(folder: string): Promise<void>;
}
