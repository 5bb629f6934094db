import { describe, expect, test } from "@jest/globals";
import { parseCommandLine } from "../src/cli.ts";
import { givenDescriptors, neededCapabilities } from "../src/harden.ts";
import { formatCapabilities } from "../src/privileges/capabilities.ts";

describe("the needed capabilities", () => {
  const inCluster = { KUBERNETES_SERVICE_HOST: "10.0.0.1" };

  test.each<[string, readonly string[], Readonly<Record<string, string>>]>([
    ["NET_ADMIN", [], {}],
    ["NET_ADMIN,SYS_NICE", ["--config.file=rules.yml"], {}],
    ["NET_ADMIN,SYS_NICE", ["--kubernetes=on"], {}],
    ["NET_ADMIN,SYS_NICE", [], inCluster],
    ["NET_ADMIN", ["--kubernetes=off"], inCluster],
    ["NET_BIND_SERVICE,NET_ADMIN", ["--web.listen-address=:443", "--web.listen-address=:10275"], {}],
    ["NET_ADMIN", ["--web.listen-address=:1024"], {}],
    ["NET_ADMIN", ["--web.listen-address=:0"], {}],
    ["NET_ADMIN", ["once"], {}],
    ["NET_ADMIN", ["events"], {}],
  ])("are %s with %j and the environment %j", (capabilities, args, env) => {
    expect(formatCapabilities(neededCapabilities(parseCommandLine(args), { env, procHides: false }))).toBe(
      capabilities,
    );
  });

  test("include SYS_PTRACE where /proc hides other users' processes without it", () => {
    const needed = neededCapabilities(parseCommandLine([]), { env: {}, procHides: true });
    expect(formatCapabilities(needed)).toBe("NET_ADMIN,SYS_PTRACE");
  });
});

describe("the descriptors that a program was given", () => {
  test("are the standard ones, systemd's sockets, and those that a flag names", () => {
    const env = { LISTEN_PID: "7", LISTEN_FDS: "2" };
    expect(givenDescriptors(["--config.file=/dev/fd/63", "/proc/self/fd/9"], env, 7)).toEqual([0, 1, 2, 3, 4, 63, 9]);
  });

  test("do not include systemd's sockets that are meant for another process", () => {
    expect(givenDescriptors([], { LISTEN_PID: "8", LISTEN_FDS: "2" }, 7)).toEqual([0, 1, 2]);
  });

  test("are only the standard ones if LISTEN_FDS is no number", () => {
    for (const count of ["x", "-1", "1e99"]) {
      expect(givenDescriptors([], { LISTEN_PID: "7", LISTEN_FDS: count }, 7)).toEqual([0, 1, 2]);
    }
  });
});
