/** Formats the labels of a group for people. */

import type { GroupLabels } from "../classify/classifier.ts";

/** The value of `groupname`, followed by the group's other labels: `web team=a`. */
export function formatGroupLabels({ groupname = "", ...others }: GroupLabels): string {
  return [groupname, ...Object.entries(others).map(([name, value]) => `${name}=${value}`)].join(" ");
}
