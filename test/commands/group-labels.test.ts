import { expect, test } from "@jest/globals";
import { formatGroupLabels } from "../../src/commands/group-labels.ts";

test("a group is shown by its name, with its other labels after it", () => {
  expect(formatGroupLabels({ groupname: "web" })).toBe("web");
  expect(formatGroupLabels({ team: "a", groupname: "web", pod: "web-1" })).toBe("web team=a pod=web-1");
});
