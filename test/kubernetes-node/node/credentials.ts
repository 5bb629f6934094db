/** Who may talk to the API server: a token for each part of the node, and the key that service accounts' tokens are signed with. */

import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { apiAddress, nodeName, type Layout } from "./layout.ts";

/** Each part with its name and groups in the API, which Kubernetes' own roles are bound to. */
const users = {
  admin: { name: "admin", groups: ["system:masters"] },
  "controller-manager": { name: "system:kube-controller-manager", groups: [] },
  scheduler: { name: "system:kube-scheduler", groups: [] },
  kubelet: { name: `system:node:${nodeName}`, groups: ["system:nodes"] },
} as const;

/** A part of the node that has a token. */
export type User = keyof typeof users;

const at = ({ credentials }: Layout, name: string): string => join(credentials, name);

export const tokensFile = (layout: Layout): string => at(layout, "tokens.csv");
export const signingKeyFile = (layout: Layout): string => at(layout, "service-accounts.key");
export const publicKeyFile = (layout: Layout): string => at(layout, "service-accounts.pub");
export const kubeconfigFile = (layout: Layout, user: User): string => at(layout, `${user}.kubeconfig`);
export const authorityFile = ({ certificates }: Layout): string => join(certificates, "apiserver.crt");

/** JSON is YAML too. */
function formatKubeconfig(layout: Layout, token: string): string {
  const cluster = { server: `https://${apiAddress}`, "certificate-authority": authorityFile(layout) };
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "node", cluster }],
    users: [{ name: "user", user: { token } }],
    contexts: [{ name: "node", context: { cluster: "node", user: "user" } }],
    "current-context": "node",
  });
}

function writeSecret(file: string, text: string): void {
  writeFileSync(file, text, { mode: 0o600 });
}

function writeSigningKey(layout: Layout): void {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  writeSecret(signingKeyFile(layout), privateKey.export({ type: "sec1", format: "pem" }).toString());
  writeSecret(publicKeyFile(layout), publicKey.export({ type: "spki", format: "pem" }).toString());
}

/** Makes all of them anew. */
export function writeCredentials(layout: Layout): void {
  mkdirSync(layout.credentials, { recursive: true, mode: 0o700 });
  writeSigningKey(layout);
  const lines = Object.entries(users).map(([user, { name, groups }]) => {
    const token = randomBytes(16).toString("hex");
    writeSecret(at(layout, `${user}.kubeconfig`), formatKubeconfig(layout, token));
    return `${token},${name},${name},"${groups.join(",")}"\n`;
  });
  writeSecret(tokensFile(layout), lines.join(""));
}
