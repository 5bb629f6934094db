/** Certificates for tests, made with the command line of openssl in a directory of their own. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execFileSync } from "../../support/processes.ts";

export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

export interface CertificateDirectory {
  readonly path: string;
  /** Makes `NAME.pem` and `NAME.key`, signed by itself. */
  authority(name: string): KeyPair;
  /** Makes `NAME.pem` and `NAME.key`, signed by the authority `by`, for `sans` in openssl's notation. */
  signed(name: string, by: string, sans: string): KeyPair;
  /** Writes a file into the directory and gives its path. */
  write(name: string, text: string): string;
  remove(): void;
}

/** Opens an empty directory. @throws with what to do where openssl is missing */
export function createCertificateDirectory(): CertificateDirectory {
  requireOpenssl();
  const path = mkdtempSync(join(tmpdir(), "web-config-"));
  const at = (name: string): string => join(path, name);
  const run = (...words: string[]): unknown => execFileSync("openssl", words, { cwd: path, stdio: "pipe" });
  const keyWords = (name: string): string[] =>
    `-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ${name}.key -subj /CN=${name}`.split(" ");
  const pair = (name: string): KeyPair => ({
    cert: readFileSync(at(`${name}.pem`), "utf8"),
    key: readFileSync(at(`${name}.key`), "utf8"),
  });
  return {
    path,
    authority(name) {
      run("req", "-x509", ...keyWords(name), "-out", `${name}.pem`, "-days", "2");
      return pair(name);
    },
    signed(name, by, sans) {
      writeFileSync(at(`${name}.ext`), `subjectAltName=${sans}\n`);
      run("req", ...keyWords(name), "-out", `${name}.csr`);
      const signer = ["-CA", `${by}.pem`, "-CAkey", `${by}.key`, "-CAcreateserial", "-days", "2"];
      run("x509", "-req", "-in", `${name}.csr`, ...signer, "-extfile", `${name}.ext`, "-out", `${name}.pem`);
      return pair(name);
    },
    write(name, text) {
      writeFileSync(at(name), text);
      return at(name);
    },
    remove: () => rmSync(path, { recursive: true }),
  };
}

function requireOpenssl(): void {
  try {
    execFileSync("openssl", ["version"], { stdio: "pipe" });
  } catch (cause) {
    throw new Error("these tests make certificates with the command openssl; install it", { cause });
  }
}
