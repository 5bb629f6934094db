/**
 * fast-check with a fixed seed, so that a property that fails does so again. `PROPERTY_SEED=random`, or a number,
 * tries other inputs.
 */

import fc from "fast-check";

const chosen = process.env["PROPERTY_SEED"] ?? "1";
if (chosen !== "random") fc.configureGlobal({ seed: Number(chosen) });

export { fc };
