/** package.json and package-lock.json without the parts for development. Pure. */

/** The parts of package.json that are read here. All other parts stay. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly [key: string]: unknown;
}

interface LockedPackage {
  readonly dev?: boolean;
  /**
   * A package for development that is also an optional peer of a shipped one: TypeScript, which valibot names for
   * its types.
   */
  readonly devOptional?: boolean;
  readonly [key: string]: unknown;
}

export interface Lock {
  readonly packages: Readonly<Record<string, LockedPackage>>;
  readonly [key: string]: unknown;
}

const developersKeys = ["private", "scripts", "devDependencies", "overrides"];

const without = <Value extends object>(value: Value, keys: readonly string[]): Value =>
  Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key))) as Value;

/** The manifest of a package that is installed, not developed. */
export const productionManifest = (manifest: Manifest): Manifest => without(manifest, developersKeys);

/** The lock file of that manifest, without packages for development, TypeScript included. */
export function productionLock(lock: Lock): Lock {
  const kept = Object.entries(lock.packages).filter(([, { dev, devOptional }]) => dev !== true && devOptional !== true);
  const packages = kept.map(
    ([path, locked]) => [path, path === "" ? without(locked, developersKeys) : locked] as const,
  );
  return { ...lock, packages: Object.fromEntries(packages) };
}
