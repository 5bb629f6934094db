/** The processors that packages are made for, and what Debian and images call them. */

/** One processor. */
export interface Processor {
  /** Node's and npm's name. */
  readonly node: "x64" | "arm64";
  /** Debian's name, and that of images. */
  readonly debian: "amd64" | "arm64";
  /** Debian's folder of libraries. */
  readonly triplet: string;
  /** The dynamic loader, which each dynamically linked program names by this path. */
  readonly loader: string;
}

export const processors: readonly Processor[] = [
  { node: "x64", debian: "amd64", triplet: "x86_64-linux-gnu", loader: "lib64/ld-linux-x86-64.so.2" },
  { node: "arm64", debian: "arm64", triplet: "aarch64-linux-gnu", loader: "lib/ld-linux-aarch64.so.1" },
];
