/**
 * Checks objects against the schemas of their APIs, by the compiler: two packages have the schemas as types,
 * Kubernetes' from its OpenAPI description and prometheus-operator's from its definitions. The compiler refuses keys
 * that a literal's type does not have, at any depth.
 */

import { join } from "node:path";
import ts from "typescript";
import type { Manifest } from "./manifests.ts";
import { repository } from "./shipped-queries.ts";

const monitoring = "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1";

/** By `apiVersion kind`. */
const types: Readonly<Record<string, string>> = {
  "v1 ConfigMap": 'import("kubernetes-types/core/v1.js").ConfigMap',
  "v1 Namespace": 'import("kubernetes-types/core/v1.js").Namespace',
  "v1 ResourceQuota": 'import("kubernetes-types/core/v1.js").ResourceQuota',
  "v1 ServiceAccount": 'import("kubernetes-types/core/v1.js").ServiceAccount',
  "apps/v1 DaemonSet": 'import("kubernetes-types/apps/v1.js").DaemonSet',
  "rbac.authorization.k8s.io/v1 ClusterRole": 'import("kubernetes-types/rbac/v1.js").ClusterRole',
  "rbac.authorization.k8s.io/v1 ClusterRoleBinding": 'import("kubernetes-types/rbac/v1.js").ClusterRoleBinding',
  "monitoring.coreos.com/v1 PodMonitor": `import("${monitoring}/PodMonitor").IPodMonitor`,
  "monitoring.coreos.com/v1 PrometheusRule": `import("${monitoring}/PrometheusRule").IPrometheusRule`,
};

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  lib: ["lib.es2022.d.ts"],
  types: [],
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: true,
  noEmit: true,
};

const file = join(repository, "test/manifests.ts");
const parsed = new Map<string, ts.SourceFile | undefined>();

/** A compiler host in which `file` has this text. Other files are read once and kept. */
function createHost(text: string): ts.CompilerHost {
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  return {
    ...host,
    fileExists: (path) => path === file || fileExists(path),
    readFile: (path) => (path === file ? text : readFile(path)),
    getSourceFile(path, target, ...rest) {
      if (path === file) return ts.createSourceFile(path, text, target, true);
      if (!parsed.has(path)) parsed.set(path, getSourceFile(path, target, ...rest));
      return parsed.get(path);
    },
  };
}

function declare(manifest: object & Partial<Manifest>, index: number): string {
  const kind = `${manifest.apiVersion ?? "no apiVersion"} ${manifest.kind ?? "no kind"}`;
  const type = types[kind];
  if (type === undefined)
    throw new Error(`manifest-schema.ts: want one of ${Object.keys(types).join(", ")}, got ${kind}`);
  return `export const object${index}: ${type} = ${JSON.stringify(manifest)};\n`;
}

/**
 * @returns the faults of the objects, a line for each: unknown keys, missing ones, values of another type
 *
 * @throws Error where a kind has no schema here
 */
export function findSchemaFaults(manifests: readonly object[]): readonly string[] {
  const program = ts.createProgram([file], options, createHost(manifests.map(declare).join("")));
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, " ").replaceAll(/'"(\w+)"'/g, "'$1'"));
}
