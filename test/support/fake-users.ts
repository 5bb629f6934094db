/** Users without names: the name of each is its id. */

import type { UserNames } from "../../src/procfs/users.ts";

export const fakeUsers: UserNames = {
  nameOf: String,
  asking: false,
  settled: () => Promise.resolve(),
  refresh: () => false,
};
