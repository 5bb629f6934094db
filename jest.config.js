/** @type {import('jest').Config} */
export default {
  testEnvironment: "node",
  extensionsToTreatAsEsm: [".ts"],
  transform: {
    "\\.ts$": ["@swc/jest", { jsc: { target: "es2022", parser: { syntax: "typescript" } }, module: { type: "es6" } }],
  },
  testMatch: ["<rootDir>/test/**/*.test.ts"],
  // Tests on the kernel share its switches and its exit events, so files run one after the other; on a busy machine
  // 20,000 processes take their time.
  maxWorkers: 1,
  testTimeout: 120_000,
  // What a run leaves behind is ended and is a failure; what it skips is said last.
  globalSetup: "<rootDir>/test/support/run/setup.js",
  globalTeardown: "<rootDir>/test/support/run/teardown.js",
  setupFilesAfterEnv: ["<rootDir>/test/support/run/each-file.ts"],
  reporters: ["default", "<rootDir>/test/support/run/skipped.js"],
};
