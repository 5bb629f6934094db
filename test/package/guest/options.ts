/** The options of systemd that the unit leaves out: what each breaks, as docs/operations.md has it. */

import type { Check } from "./check.ts";
import { isActive, readLog, restartWith, scrape, untilSettled } from "./service.ts";

interface LeftOut {
  /** What is added to the unit. */
  readonly settings: string;
  /** What becomes of the service. */
  readonly effect: string;
}

export const leftOut: readonly LeftOut[] = [
  { settings: "PrivateUsers=yes", effect: "" },
  { settings: "PrivateNetwork=yes", effect: "" },
  { settings: "ProtectProc=invisible", effect: "" },
  { settings: "ProcSubset=pid", effect: "" },
  { settings: "MemoryDenyWriteExecute=yes", effect: "" },
  { settings: "RestrictRealtime=yes", effect: "" },
  { settings: "SystemCallFilter=~@resources", effect: "" },
  { settings: "RestrictAddressFamilies=~AF_NETLINK", effect: "" },
  { settings: "RestrictAddressFamilies=~AF_UNIX", effect: "" },
  { settings: "RestrictAddressFamilies=~AF_INET AF_INET6", effect: "" },
  { settings: "IPAddressDeny=any", effect: "" },
  { settings: "SocketBindDeny=any", effect: "" },
  { settings: "DynamicUser=yes", effect: "" },
  { settings: "ProtectClock=no", effect: "" },
];

export const options: readonly Check[] = leftOut.map(({ settings }) => ({
  title: settings,
  async verify() {
    const { writeFileSync } = await import('node:fs'); writeFileSync('/etc/taskstats-exporter/config.yaml', 'process_names:\n  - name: "{{.Comm}}"\n    cmdline: ["."]\n');
    await restartWith(settings);
    await untilSettled();
    const active = await isActive();
    const page = active
      ? await Promise.race([scrape().catch(String), new Promise<string>((r) => setTimeout(() => r("timeout"), 10000))])
      : "none";
    const log = await readLog();
    const x =
      typeof page === "string"
        ? page
        : `processes ${page.sum("taskstats_processes")} up ${page.value("taskstats_exporter_exit_listener_up")}`;
    await restartWith("");
    return { x: `${String(active)} ${x} cmdl ${typeof page === "string" ? "" : page.sum("taskstats_exporter_unreadable_processes")} ${log.slice(0, 1500)}` };
  },
}));
