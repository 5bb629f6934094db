import { availableParallelism } from "node:os";

/** @type {import('jest').Config} */
export default {
  testEnvironment: "node",
  extensionsToTreatAsEsm: [".ts"],
  transform: {
    "\\.ts$": ["@swc/jest", { jsc: { target: "es2022", parser: { syntax: "typescript" } }, module: { type: "es6" } }],
  },
  testMatch: ["<rootDir>/test/**/*.test.ts"],
  // More files at once than CPUs, since many of them wait for programs. Those that need the machine for themselves run alone: the
  // runner has a list of them.
  maxWorkers: Math.ceil(1.5 * availableParallelism()),
  runner: "<rootDir>/test/support/run/runner.js",
  // It only ends what would last for ever: beside the load of others, 20,000 processes take minutes.
  testTimeout: 400_000,
  // As long as Jest itself may take to end (test/support/run/setup.js).
  workerGracefulExitTimeout: 10_000,
  // What a run leaves behind is ended and is a failure; what it skips is said last.
  globalSetup: "<rootDir>/test/support/run/setup.js",
  globalTeardown: "<rootDir>/test/support/run/teardown.js",
  setupFilesAfterEnv: ["<rootDir>/test/support/run/each-file.ts"],
  reporters: ["default", "<rootDir>/test/support/run/skipped.js"],
};
