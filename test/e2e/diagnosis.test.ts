/** What keeps the exporter from the kernel's figures: each situation is made for real and has a message of its own. */

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

    test("stops with status 1 and the capability's name where CAP_NET_ADMIN is missing", async () => {
      const { status, stderr, stdout } = await runProgram(once, { installed, through: [...nobody, "--inh-caps=-all"] });
      expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
      expect(stderr).toMatch(
        /CAPABILITY_MISSING at taskstats query.*got EPERM; run as root, or grant it: setcap cap_net_admin/,
      );
    });

    test("serves an ordinary user who has the ambient capability, exit events included", async () => {
      const through = [...nobody, "--inh-caps=+net_admin", "--ambient-caps=+net_admin"];
      const { status, stdout } = await runProgram(once, { installed, through });
      expect(status).toBe(0);
      expect(parsePage(stdout).value("taskstats_exporter_exit_listener_up")).toBe(1);
    });

    test("names the user namespace where the capability is held in one", async () => {
      const { status, stderr } = await runProgram(once, { through: ["unshare", "--user", "--map-root-user"] });
      expect(status).toBe(1);
      expect(stderr).toContain("USER_NAMESPACE");
    });

    test("serves polled figures in another network namespace, and says why there is no more", async () => {
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

    test("serves polled figures in another pid namespace that has its own /proc, and names it", async () => {
      const through = ["unshare", "--pid", "--fork", "--mount-proc"];
      const { status, stdout, stderr } = await runProgram(once, { through });
      expect(status).toBe(0);
      expect(stderr).toMatch(/PID_NAMESPACE.*got EINVAL.*hostPID: true/);
      expect(parsePage(stdout).sum("taskstats_processes")).toBe(1);
    });

    test("stops where /proc is another pid namespace's, since its ids mean other processes", async () => {
      const { status, stderr } = await runProgram(once, { through: ["unshare", "--pid", "--fork"] });
      expect(status).toBe(1);
      expect(stderr).toMatch(/PROC_NAMESPACE at \/proc\/self: want id 1, got id \d+; .*hostPID: true/);
    });

    test("stops where there is no proc file system", async () => {
      const { status, stderr } = await runProgram([...once, "--path.procfs=/nonexistent"]);
      expect(status).toBe(1);
      expect(stderr).toMatch(/PROC_UNREADABLE at \/nonexistent.*--path.procfs=\/proc/);
    });

    test("does without exit events when told to, and says so", async () => {
      const { status, stdout, stderr } = await runProgram([...once, "--no-exits.enabled"]);
      expect(status).toBe(0);
      expect(stderr).toContain("--no-exits.enabled");
      expect(parsePage(stdout).value("taskstats_exporter_exit_listener_up")).toBe(0);
    });
  },
  { needs: ["setpriv", "unshare"] },
);
