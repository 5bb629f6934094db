/** What a schema of the configuration file says of a value. */

import * as v from "valibot";

/** Each issue as `keys to the place: what the schema wants`; no issue means that the value is right. */
export function issuesOf(schema: v.GenericSchema, value: unknown): string[] {
  const { issues = [] } = v.safeParse(schema, value);
  return issues.map(({ path = [], message }) => `${path.map(({ key }) => String(key)).join(".")}: ${message}`);
}
