/** docs/config.schema.json, for editors: the JSON Schema of the configuration file, from the schema that checks it. */

import { toJsonSchema, type JsonSchema } from "@valibot/to-json-schema";
import { anchorKey, text } from "../src/config/scalars.ts";
import { configSchema } from "../src/config/schema.ts";

const patternProperties = { [anchorKey.source]: {} };

/** The schema as data. It is a little stricter than the exporter, which takes a key without value for an absent one. */
export function configJsonSchema(): JsonSchema {
  const schema = toJsonSchema(configSchema, {
    // What comes last in each chain is the type that a person writes: a number, where the check begins with its text.
    typeMode: "output",
    // Patterns, templates and what one value asks of another are beyond JSON Schema.
    errorMode: "ignore",
    overrideSchema({ valibotSchema, jsonSchema }) {
      if (valibotSchema === text) return { type: ["string", "number", "boolean"] };
      if (valibotSchema.type === "never") return {};
      if (valibotSchema.type === "object_with_rest")
        return { ...jsonSchema, patternProperties, additionalProperties: false };
      const isNullable = valibotSchema.type === "nullish" || valibotSchema.type === "nullable";
      return isNullable ? (jsonSchema.anyOf?.[0] as JsonSchema) : undefined;
    },
  });
  return { ...schema, title: "Configuration of taskstats-exporter" };
}

/** The text of docs/config.schema.json, before it is formatted. */
export function renderConfigSchema(): string {
  return JSON.stringify(configJsonSchema());
}
