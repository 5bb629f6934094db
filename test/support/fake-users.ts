/** Users without names: each is called by its id, at once. */

import type { UserNames } from "../../src/procfs/users.ts";

export const fakeUsers: UserNames = {
  nameOf: String,
  asking: false,
  settled: () => Promise.resolve(),
  refresh: () => false,
};
