/** package.json and package-lock.json as those need them who only run the program. Pure. */

/** What is read of package.json; what else is in it stays. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly [key: string]: unknown;
}

interface LockedPackage {
  readonly dev?: boolean;
  /** Both of development and an optional peer of production: the compiler, which valibot names for its types. */
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

/** The lock of that manifest: no package of development in it, the compiler included. */
export function productionLock(lock: Lock): Lock {
  const kept = Object.entries(lock.packages).filter(([, { dev, devOptional }]) => dev !== true && devOptional !== true);
  const packages = kept.map(
    ([path, locked]) => [path, path === "" ? without(locked, developersKeys) : locked] as const,
  );
  return { ...lock, packages: Object.fromEntries(packages) };
}
