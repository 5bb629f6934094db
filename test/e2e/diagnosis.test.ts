/** Each real situation in which the exporter cannot read the kernel's figures has a message of its own. */

import { beforeAll, expect, test } from "@jest/globals";
import { installForAll } from "../support/install.ts";
import { parsePage } from "../support/page.ts";
import { runProgram, type Installed } from "../support/program.ts";
import { describeKernel } from "../support/real-kernel.ts";

const nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
const once = ["once", "--delay=0s"];

describeKernel(
  "the diagnosis at start",
  () => {
    let installed: Installed;
    beforeAll(() => {
      installed = installForAll();
    });

    test("stops with status 1 and names CAP_NET_ADMIN if that is missing", async () => {
      const { status, stderr, stdout } = await runProgram(once, { installed, through: [...nobody, "--inh-caps=-all"] });
      expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
      expect(stderr).toMatch(
        /CAPABILITY_MISSING at taskstats query.*got EPERM; run as root, or grant it: setcap cap_net_admin/,
      );
    });

    test("serves an ordinary user with the ambient capability, exit events included", async () => {
      const through = [...nobody, "--inh-caps=+net_admin", "--ambient-caps=+net_admin"];
      const { status, stdout } = await runProgram(once, { installed, through });
      expect(status).toBe(0);
      expect(parsePage(stdout).value("taskstats_exporter_exit_listener_up")).toBe(1);
    });

    test("says that /proc hides processes of other users, by which mount option, and how many", async () => {
      const hide = [
        "unshare",
        "--mount",
        "sh",
        "-c",
        'mount -t proc -o hidepid=invisible proc /proc && exec "$@"',
        "sh",
      ];
      const through = [...hide, ...nobody, "--inh-caps=+net_admin", "--ambient-caps=+net_admin"];
      const { status, stdout, stderr } = await runProgram(once, { installed, through });
      expect(status).toBe(0);
      expect(stderr).toMatch(/PROC_HIDDEN at \/proc: .*hidepid=invisible; grant CAP_SYS_PTRACE/);
      expect(parsePage(stdout).value("taskstats_exporter_unreadable_processes", { reason: "hidepid" })).toBeGreaterThan(
        0,
      );
    });

    test("names the user namespace if the capability is valid only there", async () => {
      const { status, stderr } = await runProgram(once, { through: ["unshare", "--user", "--map-root-user"] });
      expect(status).toBe(1);
      expect(stderr).toContain("USER_NAMESPACE");
    });

    test("serves only polled figures in another network namespace, and says why", async () => {
      const { status, stdout, stderr } = await runProgram(once, { through: ["unshare", "--net"] });
      const page = parsePage(stdout);
      expect(status).toBe(0);
      expect(stderr).toMatch(/NETWORK_NAMESPACE.*hostNetwork: true/);
      expect(page.value("taskstats_exporter_exit_listener_up")).toBe(0);
      expect(page.sum("taskstats_processes")).toBeGreaterThan(0);
      for (const absent of [
        "taskstats_process_exits_total",
        "taskstats_thread_exits_total",
        "taskstats_process_lifetime_seconds_count",
      ]) {
        expect(page.names).not.toContain(absent);
      }
    });

    test("serves only polled figures in another pid namespace with its own /proc, and names the namespace", async () => {
      const through = ["unshare", "--pid", "--fork", "--mount-proc"];
      const { status, stdout, stderr } = await runProgram(once, { through });
      expect(status).toBe(0);
      expect(stderr).toMatch(/PID_NAMESPACE.*got EINVAL.*hostPID: true/);
      expect(parsePage(stdout).sum("taskstats_processes")).toBe(1);
    });

    test("stops if /proc belongs to another pid namespace, because its ids mean other processes", async () => {
      const { status, stderr } = await runProgram(once, { through: ["unshare", "--pid", "--fork"] });
      expect(status).toBe(1);
      expect(stderr).toMatch(/PROC_NAMESPACE at \/proc\/self: want id 1, got id \d+; .*hostPID: true/);
    });

    test("stops if there is no proc file system", async () => {
      const { status, stderr } = await runProgram([...once, "--path.procfs=/nonexistent"]);
      expect(status).toBe(1);
      expect(stderr).toMatch(/PROC_UNREADABLE at \/nonexistent.*--path.procfs=\/proc/);
    });

    test("serves without exit events with --no-exits.enabled, and says so", async () => {
      const { status, stdout, stderr } = await runProgram([...once, "--no-exits.enabled"]);
      expect(status).toBe(0);
      expect(stderr).toContain("--no-exits.enabled");
      expect(parsePage(stdout).value("taskstats_exporter_exit_listener_up")).toBe(0);
    });
  },
  { needs: ["setpriv", "unshare"] },
);
