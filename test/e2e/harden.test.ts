/** The privileges that the built program has when it serves, in each of its threads, as the kernel shows them; and what still works. */

import { afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { chmodSync, chownSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { youngGenerationFlag } from "../../src/heap.ts";
import { createCertificateDirectory } from "../http/web-config/certificates.ts";
import { useConfigFile } from "../support/config-file.ts";
import { installForAll } from "../support/install.ts";
import { spawn } from "../support/processes.ts";
import { runProgram, startProgram, type Installed, type Program } from "../support/program.ts";
import { describeKernel } from "../support/real-kernel.ts";
import { startOnSockets } from "../support/socket-program.ts";

/** Masks as /proc writes them. Source: include/uapi/linux/capability.h. */
const NET_ADMIN = 1n << 12n;
const NET_BIND_SERVICE = 1n << 10n;
const NET_RAW = 1n << 13n;
const DAC_READ_SEARCH = 1n << 2n;
const SYS_PTRACE = 1n << 19n;
const SYS_NICE = 1n << 23n;

/** Policy in /proc/PID/stat. Source: include/uapi/linux/sched.h. */
const SCHED_FIFO = 1;

const nobody = 65534;

type Key = "CapInh" | "CapPrm" | "CapEff" | "CapBnd" | "CapAmb" | "NoNewPrivs";

function readStatus(path: string, key: Key): bigint {
  const word = new RegExp(`^${key}:\\s*(\\S+)$`, "m").exec(readFileSync(path, "utf8"))?.[1] ?? "";
  return BigInt(key === "NoNewPrivs" ? word : `0x${word}`);
}

/** The different values over all threads of a process: one value for each key if all threads agree. */
function privilegesOf(pid: number): Record<Key, bigint[]> {
  const paths = readdirSync(`/proc/${pid}/task`).map((tid) => `/proc/${pid}/task/${tid}/status`);
  expect(paths.length).toBeGreaterThan(5);
  const values = (key: Key): bigint[] => [...new Set(paths.map((path) => readStatus(path, key)))];
  return {
    CapInh: values("CapInh"),
    CapPrm: values("CapPrm"),
    CapEff: values("CapEff"),
    CapBnd: values("CapBnd"),
    CapAmb: values("CapAmb"),
    NoNewPrivs: values("NoNewPrivs"),
  };
}

/** The privileges of all threads of a root process. The bounding set limits what it executes, too. */
const rootWith = (set: bigint): Record<Key, bigint[]> => ({
  CapInh: [0n],
  CapPrm: [set],
  CapEff: [set],
  CapBnd: [set],
  CapAmb: [0n],
  NoNewPrivs: [1n],
});

const own = (key: Key): bigint => readStatus("/proc/self/status", key);

/** The scheduling policy of each thread. */
function policiesOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).map((tid) => {
    const fields = readFileSync(`/proc/${pid}/task/${tid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    return Number(fields[38]);
  });
}

/** The environment with which the running program was executed. */
const environmentOf = (pid: number): string[] => readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");

const asNobody = (...more: string[]): string[] => [
  ...["setpriv", `--reuid=${nobody}`, `--regid=${nobody}`, "--clear-groups"],
  ...more,
];

describeKernel(
  "the privileges of the built program",
  () => {
    const config = useConfigFile();
    let program: Program | undefined;
    let folder: string;
    let installed: Installed;
    beforeAll(() => {
      installed = installForAll();
    });
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), "harden-"));
    });
    afterEach(async () => {
      await program?.stop();
      program = undefined;
      rmSync(folder, { recursive: true });
    });

    const rules = (name: string) => ({ process_names: [{ name, cmdline: ["sleep"] }] });

    const byUser = { process_names: [{ name: "theirs", user: [String(nobody), "nobody"] }] };

    async function reload({ pid, log }: Program): Promise<void> {
      const told = (): number => log().split("loaded again").length + log().split("was not loaded").length;
      const before = told();
      process.kill(pid, "SIGHUP");
      while (told() === before) await program?.get("/-/healthy");
    }

    test("are CAP_NET_ADMIN alone where root starts it, in each thread and in whatever it executes", async () => {
      program = await startProgram();
      expect(privilegesOf(program.pid)).toEqual(rootWith(NET_ADMIN));
    });

    test("are CAP_NET_ADMIN and CAP_SYS_NICE where rules may need the exec watcher, which then runs with a real-time priority", async () => {
      program = await startProgram([config.write(rules("sleeps"))]);
      expect((await program.scrape()).value("taskstats_exporter_exec_watcher_up")).toBe(1);
      expect(privilegesOf(program.pid)).toEqual(rootWith(NET_ADMIN | SYS_NICE));
      expect(policiesOf(program.pid)).toContain(SCHED_FIFO);
    });

    test("are what root had with --harden=off, and the page says so", async () => {
      program = await startProgram(["--harden=off"]);
      const { CapEff, CapBnd, NoNewPrivs } = privilegesOf(program.pid);
      expect([CapEff, CapBnd, NoNewPrivs]).toEqual([[own("CapEff")], [own("CapBnd")], [own("NoNewPrivs")]]);
      expect(await (await program.get("/")).text()).toContain("nothing was given up: --harden=off");
    });

    test("are its ambient CAP_NET_ADMIN alone where an ordinary user starts it, with no_new_privs", async () => {
      const ambient = "--ambient-caps=+net_admin,+net_raw";
      program = await startProgram([], {
        installed,
        through: asNobody("--inh-caps=+net_admin,+net_raw,+chown", ambient),
      });
      const privileges = privilegesOf(program.pid);
      expect(privileges).toEqual({
        ...rootWith(NET_ADMIN),
        CapInh: [NET_ADMIN],
        CapAmb: [NET_ADMIN],
        CapBnd: [own("CapBnd")],
      });
      expect((own("CapBnd") & NET_RAW) !== 0n).toBe(true);
      expect(program.log()).not.toContain("level=warn reason=");
      expect((await program.scrape()).value("taskstats_exporter_exit_listener_up")).toBe(1);
    });

    test("stay as they are if there is nothing to give up: the program is not executed again", async () => {
      const least = ["--inh-caps=+net_admin", "--ambient-caps=+net_admin", "--no-new-privs"];
      program = await startProgram([], { installed, through: asNobody(...least) });
      expect(privilegesOf(program.pid).CapEff).toEqual([NET_ADMIN]);
      expect(environmentOf(program.pid)).not.toContain("TASKSTATS_EXPORTER_HARDENED=");
      await program.stop();
      program = await startProgram([], { installed, through: asNobody(...least.slice(0, 2)) });
      expect(environmentOf(program.pid)).toContain("TASKSTATS_EXPORTER_HARDENED=");
    });

    test("are on the page and on the landing page as the kernel has them", async () => {
      program = await startProgram();
      const labels = {
        uid: "0",
        capabilities: "NET_ADMIN",
        bounding: "NET_ADMIN",
        no_new_privs: "true",
        seccomp: "false",
      };
      expect((await program.scrape()).value("taskstats_exporter_privileges_info", labels)).toBe(1);
      expect(await (await program.get("/")).text()).toContain("user 0; capabilities: NET_ADMIN;");
    });

    test("are given up without a change of process id, arguments, environment and descriptors", async () => {
      const passive = await startOnSockets(["--kubernetes.node=nöde"], { sockets: 2, env: { MINE: "ü" } });
      const { pid } = passive;
      const [node, flag, , ...args] = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
      expect([node, flag]).toEqual([process.execPath, youngGenerationFlag]);
      expect(args).toEqual(["--web.systemd-socket", "--kubernetes.node=nöde", ""]);
      expect(privilegesOf(pid)).toEqual(rootWith(NET_ADMIN));
      const given = ["MINE=ü", `LISTEN_PID=${pid}`, "LISTEN_FDS=2"];
      expect(environmentOf(pid)).toEqual(expect.arrayContaining(given));
      for (const socket of [0, 1]) expect((await passive.get("/metrics", socket)).status).toBe(200);
      expect(await passive.stop()).toBe(0);
    });

    test("suffice to read a configuration from a shell's pipe", async () => {
      config.write(rules("piped"));
      const script = 'exec "$0" "$@" --config.file=<(cat "$CONFIG")';
      program = await startProgram([], { through: ["bash", "-c", script], env: { CONFIG: config.path } });
      expect(privilegesOf(program.pid)).toEqual(rootWith(NET_ADMIN | SYS_NICE));
      // The group is declared by that file.
      expect((await program.scrape()).value("taskstats_processes", { groupname: "piped" })).toBeDefined();
    });

    test("suffice to read root's own files again at a reload: rules, certificate and key", async () => {
      const certificates = createCertificateDirectory();
      const serve = (name: string): void => {
        certificates.authority(name);
        for (const end of ["pem", "key"]) chmodSync(join(certificates.path, `${name}.${end}`), 0o600);
        const material = { cert_file: `${name}.pem`, key_file: `${name}.key` };
        chmodSync(certificates.write("web.yml", JSON.stringify({ tls_server_config: material })), 0o600);
      };
      serve("first");
      const flag = config.write(rules("one"));
      chmodSync(config.path, 0o600);
      program = await startProgram([flag, `--web.config.file=${join(certificates.path, "web.yml")}`]);
      const { url } = program;
      /** Who the server says it is, and its page. */
      async function look(): Promise<readonly [string, string]> {
        const asked = request(url, { rejectUnauthorized: false, agent: false }).end();
        const [response] = (await once(asked, "response")) as [IncomingMessage];
        // The socket of an https request is a TLSSocket.
        const { subject } = (response.socket as unknown as TLSSocket).getPeerCertificate();
        let text = "";
        for await (const chunk of response) text += String(chunk);
        return [String(subject.CN), text];
      }
      expect((await look())[0]).toBe("first");
      serve("second");
      config.write(rules("other"));
      chmodSync(config.path, 0o600);
      const told = (): boolean => program?.log().includes("loaded again") ?? false;
      process.kill(program.pid, "SIGHUP");
      while (!told()) await look();
      const [name, page] = await look();
      expect(name).toBe("second");
      expect(page).toContain('groupname="other"');
      certificates.remove();
    });

    test("keep CAP_DAC_READ_SEARCH if the configuration is another user's file, and the log says so", async () => {
      const path = join(folder, "rules.yml");
      writeFileSync(path, JSON.stringify(rules("theirs")), { mode: 0o600 });
      for (const one of [path, folder]) chownSync(one, nobody, nobody);
      program = await startProgram([`--config.file=${path}`]);
      expect(privilegesOf(program.pid)).toEqual(rootWith(NET_ADMIN | SYS_NICE | DAC_READ_SEARCH));
      expect(program.log()).toContain(`CAP_DAC_READ_SEARCH is kept, since ${path} cannot be read without it`);
      await reload(program);
      expect(program.log()).toContain("loaded again");
    });

    test("do not suffice to read another user's key, and the error says why", async () => {
      const web = join(folder, "web.yml");
      writeFileSync(web, "tls_server_config: { cert_file: one.pem, key_file: one.pem }");
      writeFileSync(join(folder, "one.pem"), "", { mode: 0o600 });
      chownSync(join(folder, "one.pem"), nobody, nobody);
      const { status, stderr } = await runProgram([`--web.config.file=${web}`]);
      expect(status).toBe(1);
      expect(stderr).toMatch(/WEB_CONFIG at .*one\.pem: .* no permission .* --harden=auto root reads its own files/);
    });

    test("keep CAP_NET_BIND_SERVICE if a port below 1024 is asked for", async () => {
      program = await startProgram(["--web.listen-address=127.0.0.1:1023"]);
      expect(privilegesOf(program.pid)).toEqual(rootWith(NET_ADMIN | NET_BIND_SERVICE));
    });

    test("keep CAP_SYS_PTRACE where /proc hides other users' processes without it, and these are on the page", async () => {
      const script = 'mount -t proc -o hidepid=2,gid=12345 proc "$1" && shift && exec "$@"';
      const through = ["unshare", "--mount", "sh", "-c", script, "sh", folder];
      const stranger = spawn("setpriv", [`--reuid=${nobody}`, "--clear-groups", "sleep", "600"]);
      program = await startProgram([`--path.procfs=${folder}`, config.write(byUser)], { through });
      expect(privilegesOf(program.pid)).toEqual(rootWith(NET_ADMIN | SYS_NICE | SYS_PTRACE));
      expect((await program.scrape()).value("taskstats_processes", { groupname: "theirs" })).toBeGreaterThan(0);
      stranger.kill();
    });

    test("are not given up if a debugger was asked for, with a warning", async () => {
      const passive = await startOnSockets([], { nodeFlags: ["--inspect=127.0.0.1:0"] });
      expect(privilegesOf(passive.pid).CapEff).toEqual([own("CapEff")]);
      expect(passive.log()).toContain("a debugger was asked for");
      await passive.stop();
    });

    test("are not given up a second time if the environment says that they were", async () => {
      const env = { TASKSTATS_EXPORTER_HARDENED: "" };
      program = await startProgram([], { env });
      expect(privilegesOf(program.pid).CapEff).toEqual([own("CapEff")]);
      expect(program.log()).toMatch(/level=warn .*was not given up/);
    });

    test("are given up by once too, whose page says so", async () => {
      const { stdout, status } = await runProgram(["once", "--delay=0"]);
      expect(status).toBe(0);
      expect(stdout).toContain('taskstats_exporter_privileges_info{uid="0",capabilities="NET_ADMIN"');
    });
  },
  { needs: ["setpriv", "bash", "unshare", "mount"] },
);
