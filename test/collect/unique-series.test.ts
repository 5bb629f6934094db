/** No page holds a series twice, whatever the rules, the pods and the reloads: labels are a set, and an empty one is none. */

import { expect, test } from "@jest/globals";
import { fc } from "../support/properties.ts";
import { parseConfig } from "../../src/config/load.ts";
import { createGroupingRules } from "../../src/grouping-rules.ts";
import { startFakeExporter } from "../support/fake-exporter.ts";
import { createFakeKernel } from "../support/fake-kernel.ts";
import { createFakePods, idOf, pathOf, uidOf } from "../support/fake-pods.ts";
import { createFakeWatcher } from "../support/fake-watcher.ts";

const shared = `
x-front: &front { tier: front, team: shop }
.shop: &shop { team: shop, tier: front }
x-none: &none { team: "", zone: "" }
`;

/** Each is the same set of labels for one process or another. */
const labels = fc.constantFrom(
  "",
  "{}",
  '{ team: "" }',
  "{ team: shop, tier: front }",
  "{ tier: front, team: shop }",
  "*front",
  "{ <<: *shop }",
  "{ <<: [*front, *shop] }",
  "{ <<: *front, zone: '{{.ContainerID}}' }",
  "{ zone: '{{.ContainerID}}', <<: *shop }",
  "{ <<: [*none, *shop], tier: front }",
  "{ <<: *none }",
  "{ zone: '{{.Matches.none}}', unit: '{{.Unit}}' }",
  "{ unit: '{{.Unit}}', team: '{{index .Matches \"x\"}}' }",
);

const rule = fc
  .record({
    name: fc.constantFrom("web", "other", "unidentified", "{{.Comm}}", "{{.Matches}}", "{{.Unit}}"),
    matcher: fc.constantFrom("comm: [a]", "comm: [b, c]", "cgroup: ['.']", "cmdline: ['(?P<x>a)?']", "unit: ['.']"),
    labels,
  })
  .map(({ name, matcher, labels }) => `  - { name: '${name}', ${matcher}, labels: ${labels} }\n`);

const podLabels = fc.constantFrom("", "kubernetes: { pod_labels: { app: app, stage: stage } }\n");

const config = fc
  .record({ rules: fc.array(rule, { maxLength: 5 }), maxGroups: fc.constantFrom(6, 1000), pods: podLabels })
  .map(
    ({ rules, maxGroups, pods }) =>
      `${shared}limits: { max_groups: ${maxGroups} }\n${pods}process_names:\n${rules.join("")}`,
  );

const cgroups = [
  "/",
  "/system.slice/a.service",
  pathOf(1, 1),
  pathOf(1, 2),
  `${pathOf(1, 2)}/docker/${idOf(3)}`,
  pathOf(2, 4),
];

const names = [
  { namespace: "shop", pod: "web-0", container: "app" },
  { container: "app", pod: "web-0", namespace: "shop" },
  { namespace: "shop", pod: "web-0", container: "app", stage: "live", app: "x" },
  { namespace: "shop", pod: "web-0", container: "app", app: "x", stage: "live" },
];

const step = fc.record({
  what: fc.constantFrom(
    "fork",
    "fork",
    "fork",
    "end",
    "exec",
    "name",
    "name pod",
    "reload",
    "wait",
    "scrape",
    "scrape",
  ),
  which: fc.nat(1000),
  comm: fc.constantFrom("a", "b", "c"),
});

/** A series as Prometheus takes it: labels in any order, without empty ones. */
function identityOf(line: string): string {
  const [name = ""] = line.split(/[{ ]/, 1);
  const pairs = [...line.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/gs)].filter(([, , value]) => value !== "");
  return `${name}{${pairs
    .map(([pair]) => pair)
    .sort()
    .join()}}`;
}

function repeatedIn(page: string): string[] {
  const seen = new Set<string>();
  const series = page
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map(identityOf);
  return series.filter((one) => seen.size === seen.add(one).size);
}

test("a page that holds a series twice is noticed", () => {
  expect(repeatedIn('x{a="1",b="2"} 1\nx{b="2",a="1",c=""} 1\nx{a="1"} 1\ny{a="1"} 2\n')).toEqual(['x{a="1",b="2"}']);
});

test("no page holds a series twice, whatever rules, merged and empty labels, templates, pods and reloads give", async () => {
  const life = fc.record({
    configs: fc.array(config, { minLength: 1, maxLength: 3 }),
    steps: fc.array(step, { minLength: 5, maxLength: 25 }),
  });
  await fc.assert(
    fc.asyncProperty(life, async ({ configs, steps }) => {
      let current = 0;
      const kernel = createFakeKernel();
      const pods = createFakePods();
      const fake = await startFakeExporter(kernel, {
        pods,
        watcher: createFakeWatcher(),
        groupingRules: () => createGroupingRules(parseConfig(configs[current % configs.length] ?? "", "rules.yaml")),
      });
      const processes = (): number[] => [...kernel.processes.keys()].filter((tgid) => tgid !== kernel.self);
      const moves: Record<string, (step: { which: number; comm: string }) => unknown> = {
        fork: ({ which, comm }) =>
          kernel.fork({ comm, cmdline: [comm], cgroup: cgroups[which % cgroups.length] ?? "/" }),
        end({ which }) {
          const tgid = processes()[which % Math.max(1, processes().length)];
          if (tgid !== undefined) kernel.endProcess(tgid, { reap: true });
        },
        exec({ which, comm }) {
          const tgid = processes()[which % Math.max(1, processes().length)];
          if (tgid !== undefined) kernel.exec(tgid, { comm });
        },
        name: ({ which }) => pods.containers.set(idOf(1 + (which % 4)), names[which % names.length] ?? {}),
        "name pod": ({ which }) => pods.pods.set(uidOf(1 + (which % 2)), { namespace: "shop", pod: "web-0" }),
        wait: ({ which }) => kernel.advance(1_000_000 * (which % 40)),
        reload: () => (current++, fake.exporter.reload()),
        scrape: async () => expect(repeatedIn(await fake.page())).toEqual([]),
      };
      try {
        for (const step of [...steps, { what: "scrape", which: 0, comm: "a" }]) await moves[step.what]?.(step);
      } finally {
        fake.stop();
      }
    }),
    { numRuns: 60, interruptAfterTimeLimit: 60_000, markInterruptAsFailure: false },
  );
});
