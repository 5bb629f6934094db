/** The text of a Debian package's own files. Pure. Source: Debian Policy, chapters 3 and 5; deb-control(5). */

export interface Control {
  readonly version: string;
  readonly architecture: string;
  readonly description: string;
  /** Size of the installed files in KiB. */
  readonly installedKib: number;
}

/** The libraries that node and the native packages are linked with, and the program that creates the user. */
const depends = ["libc6 (>= 2.28)", "libgcc-s1", "libstdc++6 (>= 9)", "systemd | systemd-standalone-sysusers"];

const extendedDescription = ` Tells for each group of processes where it waits (CPU, block I/O, swap,
 reclaim), what it consumes and how its processes end, those included that lived
 between two scrapes. It brings its own Node.js along.
`;

/** With `~`, Debian sorts a pre-release before its release. */
const debianVersion = (version: string): string => version.replace("-", "~");

/** @returns DEBIAN/control */
export function formatControl({ version, architecture, description, installedKib }: Control): string {
  const fields = {
    Package: "taskstats-exporter",
    Version: debianVersion(version),
    Architecture: architecture,
    Maintainer: "taskstats-exporter contributors",
    "Installed-Size": installedKib,
    Depends: depends.join(", "),
    Recommends: "systemd",
    Section: "net",
    Priority: "optional",
    Description: description.replace(/: .*/, ""),
  };
  const lines = Object.entries(fields).map(([key, value]) => `${key}: ${value}`);
  return `${lines.join("\n")}\n${extendedDescription}`;
}

/** @returns the name of the package's file */
export const debFileName = (version: string, architecture: string): string =>
  `taskstats-exporter_${debianVersion(version)}_${architecture}.deb`;

/** @returns DEBIAN/md5sums, which dpkg --verify reads */
export const formatSums = (sums: readonly (readonly [path: string, md5: string])[]): string =>
  sums.map(([path, md5]) => `${md5}  ${path}\n`).join("");

/** @returns debian/copyright of machine-readable form, with the licences of what is shipped after it */
export const formatCopyright = (
  licences: string,
): string => `This package holds taskstats-exporter, which is under the Apache License 2.0:
/usr/share/common-licenses/Apache-2.0

${licences}`;
