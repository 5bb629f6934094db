/**
 * What is promised of a metric's name, type, unit and labels. Stable: they stay until the next major version.
 * Experimental: they may change with any minor version.
 */
export type Stability = "stable" | "experimental";
