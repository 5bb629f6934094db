/** Compares figures of any shape: numbers, arrays, maps, and objects of these. Pure. */

type Indexed = ArrayLike<unknown> & { slice(): unknown };

const isIndexed = (value: object): value is Indexed => Array.isArray(value) || ArrayBuffer.isView(value);

/** Two NaN are the same number, as are 0 and -0. */
export function isSameNumbers(one: Float64Array, other: Float64Array): boolean {
  if (one.length !== other.length) return false;
  for (let index = 0; index < one.length; index++) {
    const [a, b] = [one[index] as number, other[index] as number];
    if (a !== b && (a === a || b === b)) return false;
  }
  return true;
}

function isSameIndexed(one: Indexed, other: Indexed): boolean {
  if (one.length !== other.length) return false;
  for (let index = 0; index < one.length; index++) {
    if (!isSame(one[index], other[index])) return false;
  }
  return true;
}

function isSameMap(one: ReadonlyMap<unknown, unknown>, other: ReadonlyMap<unknown, unknown>): boolean {
  if (one.size !== other.size) return false;
  for (const [key, value] of one) if (!other.has(key) || !isSame(value, other.get(key))) return false;
  return true;
}

function isSameObject(one: object, other: object): boolean {
  for (const key in one) {
    if (!isSame((one as Record<string, unknown>)[key], (other as Record<string, unknown>)[key])) return false;
  }
  // A key that only the other has may hold a figure. One that only this one has was undefined in both.
  for (const key in other) if (!(key in one) && (other as Record<string, unknown>)[key] !== undefined) return false;
  return true;
}

/** Whether both hold the same figures. A key without a value is the same as no key. */
export function isSame(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  if (one instanceof Float64Array) return other instanceof Float64Array && isSameNumbers(one, other);
  if (isIndexed(one)) return isIndexed(other) && isSameIndexed(one, other);
  if (one instanceof Map) return other instanceof Map && isSameMap(one, other);
  return !isIndexed(other) && !(other instanceof Map) && isSameObject(one, other);
}
