/** The schema of the names that a configuration file may give to labels. Which these are is in classify/label.ts. */

import * as v from "valibot";

import { faultOfLabelName, labelNameForm } from "../classify/label.ts";

const want = ({ input }: { readonly input: string }): string => faultOfLabelName(input) ?? "a label name";

/** The form has a step of its own, because the JSON Schema for editors is made from it. */
export const labelName = v.pipe(
  v.string("a label name"),
  v.regex(labelNameForm, want),
  v.check((name) => !labelNameForm.test(name) || faultOfLabelName(name) === undefined, want),
);
