import { describe, expect, test } from "@jest/globals";
import { parseCommandLine } from "../src/cli.ts";

const failure = (...args: string[]): string => {
  try {
    parseCommandLine(args);
  } catch (error) {
    return String(error);
  }
  return "none";
};

describe("the command line", () => {
  test("serves on port 10275 if no flag is given", () => {
    expect(parseCommandLine([])).toMatchObject({
      command: "serve",
      listenAddresses: [{ host: undefined, port: 10275 }],
      systemdSocket: false,
      telemetryPath: "/metrics",
      procRoot: "/proc",
      discoveryIntervalMs: 5000,
      exitsEnabled: true,
      exitsReceiveBufferBytes: 32 * 2 ** 20,
      kernelThreads: false,
      runtimeMetrics: true,
      processExporterNames: false,
    });
  });

  test("shows process-exporter's names where that is asked for, of a command that makes a page", () => {
    expect(parseCommandLine(["--compat.process-exporter"]).processExporterNames).toBe(true);
    expect(parseCommandLine(["once", "--compat.process-exporter"]).processExporterNames).toBe(true);
    expect(failure("explain", "--compat.process-exporter")).toMatch(/FLAG_UNKNOWN at --compat.process-exporter/);
  });

  test("listens on each address that is given", () => {
    const flagsGiven = ["--web.listen-address=127.0.0.1:9000", "--web.listen-address=[::1]:9001"];
    expect(parseCommandLine(flagsGiven).listenAddresses).toEqual([
      { host: "127.0.0.1", port: 9000 },
      { host: "::1", port: 9001 },
    ]);
  });

  test("accepts systemd's sockets instead of addresses, and refuses both together", () => {
    expect(parseCommandLine(["--web.systemd-socket"]).systemdSocket).toBe(true);
    expect(failure("--web.systemd-socket", "--web.listen-address=:1")).toMatch(
      /FLAG_VALUE at --web.systemd-socket: want no --web.listen-address besides, got both/,
    );
  });

  test("accepts a delay of 0 with and without a unit", () => {
    expect(parseCommandLine(["once", "--delay=0"]).delayMs).toBe(0);
    expect(parseCommandLine(["once", "--delay=0ms"]).delayMs).toBe(0);
  });

  test("accepts both forms of a switch, and a value after a space", () => {
    expect(parseCommandLine(["--no-exits.enabled"]).exitsEnabled).toBe(false);
    expect(parseCommandLine(["--collector.threads"]).threadNames).toBe(true);
    expect(parseCommandLine(["--no-collector.threads"]).threadNames).toBe(false);
    expect(parseCommandLine(["--exits.enabled"]).exitsEnabled).toBe(true);
    expect(parseCommandLine(["--discovery.interval", "1m"]).discoveryIntervalMs).toBe(60_000);
  });

  test("logs only errors where top shows at its head what is warned of, unless told otherwise", () => {
    expect(parseCommandLine(["top"]).logLevel).toBe("error");
    expect(parseCommandLine(["top", "--log.level=debug"]).logLevel).toBe("debug");
    expect(parseCommandLine([]).logLevel).toBe("info");
  });

  test("takes for events the flags of collection and its filters, and logs warnings unless told otherwise", () => {
    const events = parseCommandLine([
      "events",
      "--json",
      "--config.file=a",
      "--no-children",
      "--exits.receive-buffer=8KiB",
    ]);
    expect(events).toMatchObject({ command: "events", json: true, configFile: "a", children: false, logLevel: "warn" });
    expect([events.exitsReceiveBufferBytes, [...events.stateCollectors]]).toEqual([8192, []]);
    expect(parseCommandLine(["events", "--log.level=info"]).logLevel).toBe("info");
    expect(parseCommandLine(["once"]).logLevel).toBe("info");
    for (const flag of ["--no-exits.enabled", "--collector.memory", "--web.max-requests=1", "--delay=1s"])
      expect(failure("events", flag)).toMatch(/FLAG_UNKNOWN/);
    for (const flag of ["--group=a", "--code=1", "--min-lifetime=1s", "--max-lifetime=1s"])
      expect(failure("once", flag)).toMatch(/FLAG_UNKNOWN at .*want a flag that `once` takes, got one of `events`/);
  });

  test("reads which control group query asks about", () => {
    const { query, queriedCgroup } = parseCommandLine(["query", "--cgroup=a/../b"]);
    expect([query, queriedCgroup]).toEqual([undefined, "a/../b"]);
    expect(parseCommandLine(["query", "--tgid=7"]).queriedCgroup).toBeUndefined();
  });

  test("keeps the directories of control groups as they were given", () => {
    expect(parseCommandLine([]).cgroupDirectories).toEqual([]);
    const flagsGiven = ["--collector.cgroupstats=/b//c/", "--collector.cgroupstats", "/a"];
    expect(parseCommandLine(flagsGiven).cgroupDirectories).toEqual(["/b//c/", "/a"]);
    expect(parseCommandLine(["once", "--collector.cgroupstats=/a"]).cgroupDirectories).toEqual(["/a"]);
  });

  test("reads which task query asks about", () => {
    expect(parseCommandLine(["query", "--tgid=7", "--json"])).toMatchObject({
      query: { kind: "tgid", id: 7 },
      json: true,
    });
  });

  test("reads which file check-config checks, and needs none for --help", () => {
    expect(parseCommandLine(["check-config", "a.yaml", "--json"])).toMatchObject({ checkedFile: "a.yaml", json: true });
    expect(parseCommandLine(["check-config", "--help"])).toMatchObject({ checkedFile: undefined, help: true });
  });

  test.each([
    [["--foo"], /FLAG_UNKNOWN.*--foo/],
    [["--web.listen-address=10275"], /FLAG_VALUE at --web.listen-address: want host:port.*got "10275"/],
    [["--web.listen-address=:70000"], /port up to 65535, got ":70000"/],
    [["--web.telemetry-path=/a*b(c"], /FLAG_VALUE at --web.telemetry-path: want a path of letters/],
    [["--discovery.interval=25d"], /FLAG_VALUE at --discovery.interval: want .*to 24d, got "25d"/],
    [["--web.telemetry-path=metrics"], /FLAG_VALUE at --web.telemetry-path.*got "metrics"/],
    [["--web.telemetry-path=/-/ready"], /FLAG_VALUE at --web.telemetry-path/],
    [
      ["--web.telemetry-path=/group"],
      /FLAG_VALUE at --web.telemetry-path: want .* other than \/, \/group, \/live.json/,
    ],
    [["--web.telemetry-path=/assets/page.js"], /FLAG_VALUE at --web.telemetry-path/],
    [["--discovery.interval=5"], /want a duration such as 500ms.*got "5"/],
    [["--discovery.interval=1ms"], /from 100ms to 24d/],
    [["--exits.receive-buffer=lots"], /want a size such as 8KiB.*got "lots"/],
    [["--log.level=loud"], /want debug or info or warn or error, got "loud"/],
    [["--log.format=xml"], /want logfmt or json, got "xml"/],
    [["--exits.receive-buffer"], /FLAG_VALUE.*--exits.receive-buffer/],
    [["--exits.enabled=maybe"], /FLAG_VALUE.*exits.enabled/],
    [["querry"], /COMMAND_UNKNOWN.*got "querry"; did you mean query\?/],
    [["serve"], /COMMAND_UNKNOWN.*got "serve"; leave it out/],
    [["check-config", ""], /want one FILE, got an empty name/],
    [["fly"], /COMMAND_UNKNOWN.*got "fly"/],
    [["once", "twice"], /COMMAND_UNKNOWN at command once: want flags only, got "twice"/],
    [["check-config"], /COMMAND_UNKNOWN at command check-config: want one FILE, got none/],
    [["check-config", "a", "b"], /want one FILE, got "b" besides/],
    [
      ["query"],
      /want one of --tgid=N \(a process\), --pid=N \(a thread\) and --cgroup=DIR \(a control group\), got none/,
    ],
    [["query", "--tgid=1", "--pid=1"], /got --tgid and --pid/],
    [["query", "--cgroup=/a", "--pid=1"], /got --pid and --cgroup/],
    [["query", "--cgroup="], /FLAG_VALUE at --cgroup: want a value, got an empty one/],
    [["--cgroup=/a"], /at --cgroup: want a flag that serving takes, got one of `query`/],
    [["query", "--collector.cgroupstats=/a"], /want a flag that `query` takes, got one of serving or `once`/],
    [["--collector.cgroupstats=a"], /FLAG_VALUE at --collector.cgroupstats: want an absolute path, got "a"/],
    [
      ["--collector.cgroupstats=/a", "--collector.cgroupstats=/b", "--collector.cgroupstats=/a"],
      /FLAG_VALUE at --collector.cgroupstats: want each directory once, got "\/a"/,
    ],
    [["query", "--pid=0"], /FLAG_VALUE at --pid.*got "0"/],
    [["query", "--pid=1e3"], /FLAG_VALUE at --pid.*got "1e3"/],
    [
      ["--json"],
      /at --json: want a flag that serving takes, got one of `query` or .*; leave it out, or run \S+ \S+ query --json/,
    ],
    [
      ["once", "--web.listen-address=:1"],
      /at --web.listen-address: want a flag that `once` takes, got one of serving; leave it out, or/,
    ],
  ])("refuses %p, and says what is wanted", (args, message) => expect(failure(...args)).toMatch(message));
});
