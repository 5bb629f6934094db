/**
 * fast-check, for properties that try the same inputs in each run: one that fails does so again. `PROPERTY_SEED=random`, or a
 * number, makes them try others.
 */

import fc from "fast-check";

const chosen = process.env["PROPERTY_SEED"] ?? "1";
if (chosen !== "random") fc.configureGlobal({ seed: Number(chosen) });

export { fc };
