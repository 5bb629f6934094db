/**
 * Containers on the real kernel: control groups as kubelets make them, programs in them that no poll sees, and an API server
 * that names them. The figures of each container are compared with what its programs did.
 */

import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { useConfigFile } from "../support/config-file.ts";
import { withControlGroup, type ControlGroup } from "../support/control-group.ts";
import {
  createServerCredentials,
  startFakeApiServer,
  type FakeApiServer,
  type ServerCredentials,
} from "../support/fake-api-server.ts";
import { idOf, pathOf, uidOf } from "../support/fake-pods.ts";
import { endLives, own, startLife } from "../support/life.ts";
import type { ScrapedPage } from "../support/page.ts";
import { podOf } from "../support/pods.ts";
import { execFile as run } from "../support/processes.ts";
import { startProgram, type Program } from "../support/program.ts";
import { describeKernel } from "../support/real-kernel.ts";
import { buildWorkload } from "../support/workloads.ts";

const shop = { namespace: "shop", pod: "web-0" };
const containers = ["app", "sidecar"] as const;
const labelsOf = (container: string) => ({ ...shop, container });

const exits = (page: ScrapedPage, labels: Readonly<Record<string, string>>): number =>
  page.sum("taskstats_process_exits_total", labels);
const faults = (page: ScrapedPage, labels: Readonly<Record<string, string>>): number =>
  page.sum("taskstats_page_faults_total", { kind: "minor", ...labels });

/** Runs workloads/spawn.c in a control group. @returns minor faults of its children */
async function spawnIn({ through }: ControlGroup, args: readonly string[]): Promise<number> {
  const [command = "", ...rest] = [...through, buildWorkload("spawn"), ...args];
  return (JSON.parse((await run(command, rest)).stdout) as { readonly minflt: number }).minflt;
}

describeKernel("processes of two containers", () => {
  const config = useConfigFile();
  let credentials: ServerCredentials;
  let server: FakeApiServer;
  let program: Program | undefined;
  beforeAll(async () => {
    credentials = createServerCredentials();
    server = await startFakeApiServer(credentials);
  });
  afterEach(async () => {
    await endLives();
    await program?.stop();
    program = undefined;
    server.remove(uidOf(1));
  });
  afterAll(async () => {
    await server.close();
    credentials.directory.remove();
  });

  /** Starts the program with the flags of the DaemonSet's pod. */
  async function start(...flags: readonly string[]): Promise<Program> {
    const { host, port, serviceAccountDir } = server.api;
    const env = { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: String(port), NODE_NAME: "node-1" };
    const account = `--kubernetes.service-account=${serviceAccountDir}`;
    const isGiven = flags.some((flag) => flag.startsWith("--discovery.interval"));
    const discovery = isGiven ? [] : ["--discovery.interval=1h"];
    return (program = await startProgram([account, ...discovery, ...flags], { env }));
  }

  /** Gives the API server the names of both containers. */
  function announce(): void {
    server.put(podOf({ ...{ uid: uidOf(1), name: shop.pod }, containers: { [idOf(1)]: "app", [idOf(2)]: "sidecar" } }));
  }

  /** Scrapes until the page is as expected. Pages before the names arrived do not matter. */
  async function until(isDone: (page: ScrapedPage) => boolean): Promise<ScrapedPage> {
    for (;;) {
      const page = await (program as Program).scrape();
      if (isDone(page)) return page;
    }
  }

  // The groups are below a group of this test, as on a node that is a container itself. A kubelet of this machine would clear its own groups.
  const inBoth = (use: (groups: readonly ControlGroup[]) => Promise<void>): Promise<void> =>
    withControlGroup(`${own("node")}${pathOf(1, 1)}`, (app) =>
      withControlGroup(`${own("node")}${pathOf(1, 2)}`, (sidecar) => use([app, sidecar])),
    );

  test("that run the same program are billed exactly to their containers, however short they live", async () => {
    announce();
    const { scrape } = await start();
    const comm = own("twin");
    await inBoth(async (groups) => {
      const counts = [700, 300];
      const spawned = await Promise.all(
        groups.map((group, index) => spawnIn(group, [String(counts[index]), "--parallel", "2", "--comm", comm])),
      );
      const page = await scrape();
      const groupname = comm;
      expect(containers.map((name) => exits(page, { groupname, ...labelsOf(name) }))).toEqual(counts);
      expect(containers.map((name) => faults(page, { groupname, ...labelsOf(name) }))).toEqual(spawned);
      expect(exits(page, { groupname })).toBe(1000);
    });
  });

  test("that never start a program are in their parent's container", async () => {
    announce();
    const { scrape } = await start();
    await inBoth(async (groups) => {
      await Promise.all(groups.map((group) => spawnIn(group, ["200", "--no-exec", "--comm", own("forked")])));
      const page = await scrape();
      const ends = containers.map((name) => exits(page, { groupname: own("forked"), ...labelsOf(name) }));
      expect(ends).toEqual([200, 200]);
    });
  });

  test("have all their figures if their names come after they have exited", async () => {
    const { scrape } = await start();
    await inBoth(async (groups) => {
      await Promise.all(groups.map((group) => spawnIn(group, ["100", "--comm", own("early")])));
      const early = await scrape();
      expect(exits(early, { groupname: own("early") })).toBe(0);
      announce();
      const groupname = own("early");
      const page = await until((page) => exits(page, { groupname }) > 0);
      expect(containers.map((name) => exits(page, { groupname, ...labelsOf(name) }))).toEqual([100, 100]);
    });
  });

  test("keep their names while the API server is away, and leave the page when their pod is gone", async () => {
    announce();
    await start(
      config.write({
        process_names: [{ name: "{{.Comm}}", comm: [own("lives")] }],
        kubernetes: { ended_pod_retention: "1s" },
      }),
      "--discovery.interval=100ms",
    );
    await inBoth(async ([app]) => {
      const life = await startLife(own("lives"));
      app?.take(life.pid);
      const labels = { groupname: own("lives"), ...labelsOf("app") };
      await until((page) => page.value("taskstats_processes", labels) === 1);
      server.answerNext(
        ...Array.from({ length: 3 }, () => (response: { destroy(): unknown }) => void response.destroy()),
      );
      server.breakWatches();
      const away = await until((page) => page.value("taskstats_exporter_pod_watch_up") === 0);
      expect(away.value("taskstats_processes", labels)).toBe(1);
      expect(away.sum("taskstats_exporter_pod_watch_errors_total")).toBeGreaterThan(0);
      await until((page) => page.value("taskstats_exporter_pod_watch_up") === 1);
      await life.end("exit 0");
      const ended = await until((page) => page.value("taskstats_processes", labels) === 0);
      expect(exits(ended, labels)).toBe(1);
      server.remove(uidOf(1));
      await until((page) => page.value("taskstats_processes", labels) === undefined);
    });
  });
});
