/**
 * Boots kernels of Debian in an emulated machine and checks the built exporter on each: `npm run test:kernels`. With
 * words after `--` it boots those kernels alone, by version (5.10), suite (bookworm) or processor (arm64). Flags: --own runs the checks on this
 * machine's kernel too, which takes root in the initial namespaces; --keep-going goes on after a kernel that failed; --capture replaces test/fixtures of the kernels that are booted; --check=WORD runs the checks with that word in
 * their title; --processors and --mirror.
 */

import { mkdirSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { processors } from "../../packaging/processor.ts";
import { findMirror } from "../debian/apt.ts";
import { writeDocument, type Outcome } from "./document.ts";
import { writeFixtures } from "./fixtures.ts";
import { buildImage } from "./image.ts";
import { boot } from "./machine.ts";
import { fetchKernel, findKernelPackage, wantedKernels, type KernelPackage, type ProcessorName } from "./packages.ts";
import { createForeignParts } from "./foreign-parts.ts";
import { ownParts } from "./own-parts.ts";
import { createGuestReport, type Message } from "./report.ts";
import { ownKernel, runHere } from "./own-kernel.ts";
import { checkTools } from "./tools.ts";

/** The time limit of a boot with its checks. They take 40 s on an idle host, and many times that on a busy one. */
const limitMs = 900_000;
const say = (text: string): void => void process.stdout.write(`${text}\n`);

function parseCommandLine() {
  const { values, positionals } = parseArgs({
    options: {
      "keep-going": { type: "boolean", default: false },
      own: { type: "boolean", default: false },
      capture: { type: "boolean", default: false },
      check: { type: "string" },
      mirror: { type: "string" },
      processors: { type: "string", default: "1" },
    },
    allowPositionals: true,
    strict: true,
  });
  return {
    keepGoing: values["keep-going"],
    own: values.own,
    capture: values.capture,
    check: values.check,
    mirror: values.mirror,
    processors: Number(values.processors),
    chosen: positionals,
  };
}

function cacheDirectory(): string {
  const base = process.env["XDG_CACHE_HOME"];
  const name = "taskstats-exporter-kernels";
  const folder = base !== undefined && base !== "" ? join(base, name) : join(tmpdir(), `${name}-${userInfo().uid}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

const isChosen = ({ suite, version, processor }: KernelPackage, chosen: readonly string[]): boolean =>
  chosen.length === 0 ||
  chosen.some((word) => word === suite || word === processor || `${version}.`.startsWith(`${word}.`));

/** Prints a message of the guest. */
function show(message: Message): void {
  if (message.kind === "error") say(`  ERROR ${message.error}`);
  if (message.kind !== "check") return;
  const { title, failures, seconds } = message.check;
  say(`  ${failures.length === 0 ? "ok  " : "FAIL"} ${title} (${seconds.toFixed(1)} s)`);
  for (const failure of failures) say(`         ${failure}`);
}

const passed = ({ report }: Outcome): boolean =>
  report.ended && report.errors.length === 0 && report.checks.every(({ failures }) => failures.length === 0);

async function checkKernel(found: KernelPackage, options: BootSettings): Promise<Outcome> {
  const { mirror, cache, imageFor, processors, words } = options;
  const begin = performance.now();
  const seconds = (): number => (performance.now() - begin) / 1000;
  say(
    found === ownKernel ? found.release : `${found.release}, package ${found.name} ${found.version} of ${found.suite}`,
  );
  const own = found === ownKernel;
  try {
    const logFile = join(cache, own ? "own.log" : `${found.suite}-${found.processor}.log`);
    const guest = { initramfs: await imageFor(found.processor), logFile, limitMs, words, onMessage: show };
    const kernel = async (): Promise<string> => fetchKernel(mirror, cache, found);
    const start = async () => boot({ ...guest, kernel: await kernel(), processor: found.processor, processors });
    const report = await (own ? runHere(guest) : start());
    writeFixtures(report.fixtures);
    return { found, report, seconds: seconds() };
  } catch (error) {
    const report = createGuestReport();
    report.errors.push(error instanceof Error ? error.message : String(error));
    show({ kind: "error", error: report.errors[0] ?? "" });
    return { found, report, seconds: seconds() };
  }
}

interface BootSettings {
  readonly mirror: string;
  readonly cache: string;
  readonly imageFor: (processor: ProcessorName) => Promise<string>;
  readonly processors: number;
  /** Words for the guest. */
  readonly words: readonly string[];
}

/** Makes the initramfs of a processor when the first kernel needs it. */
function createImages(mirror: string, cache: string): (processor: ProcessorName) => Promise<string> {
  const images = new Map<ProcessorName, Promise<string>>();
  return (name) => {
    const foreign = processors.find(({ node, debian }) => debian === name && node !== process.arch);
    const image =
      images.get(name) ?? buildImage(cache, foreign ? createForeignParts(foreign, mirror, cache) : ownParts);
    images.set(name, image);
    return image;
  };
}

/** In the order of their versions. */
const inOrder = (kernels: readonly KernelPackage[]): KernelPackage[] =>
  [...kernels].sort(({ version }, other) => version.localeCompare(other.version, "en", { numeric: true }));

async function findKernels(mirror: string, chosen: readonly string[]): Promise<KernelPackage[]> {
  const all = await Promise.all(wantedKernels.map((wanted) => findKernelPackage(mirror, wanted)));
  const kernels = all.filter((found) => isChosen(found, chosen));
  if (kernels.length > 0) return kernels;
  const known = all.map(({ suite, version, processor }) => `${version} (${suite}, ${processor})`).join(", ");
  throw new Error(`${chosen.join(", ")}: want one of ${known}`);
}

async function run(): Promise<boolean> {
  const { keepGoing, capture, check, mirror = findMirror(), processors: cpus, own, chosen } = parseCommandLine();
  const words = [...(capture ? ["guest.capture"] : []), ...(check === undefined ? [] : [`guest.check=${check}`])];
  checkTools(["amd64"]);
  const cache = cacheDirectory();
  const debian = await findKernels(mirror, chosen);
  const kernels = own ? inOrder([...debian, ownKernel]) : debian;
  checkTools(kernels.map(({ processor }) => processor));
  const imageFor = createImages(mirror, cache);
  const outcomes: Outcome[] = [];
  for (const found of kernels) {
    const outcome = await checkKernel(found, { mirror, cache, imageFor, processors: cpus, words });
    outcomes.push(outcome);
    say(`  ${passed(outcome) ? "passed" : "FAILED"} in ${outcome.seconds.toFixed(0)} s`);
    if (!passed(outcome) && !keepGoing) break;
  }
  if (debian.length === wantedKernels.length && outcomes.length === kernels.length && check === undefined)
    await writeDocument(outcomes);
  else say("docs/kernels.md is written when all checks have run on all kernels");
  return outcomes.length === kernels.length && outcomes.every(passed);
}

// The emulated machine is killed when this program exits, also by a signal.
for (const signal of ["SIGTERM", "SIGHUP"] as const) process.once(signal, () => process.exit(1));
try {
  if (!(await run())) process.exitCode = 1;
} catch (error) {
  process.stderr.write(`test:kernels: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
