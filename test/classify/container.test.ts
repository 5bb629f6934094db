import { describe, expect, test } from "@jest/globals";
import { fc } from "../support/properties.ts";
import { findContainer, findUnit, type ContainerPath } from "../../src/classify/container.ts";

const id = "0123456789abcdef".repeat(4);
const outer = "fedcba98".repeat(8);
const uid = "8e5c37a8-2b1a-4d0c-9f66-0a1b2c3d4e5f";
const uidInSlice = uid.replaceAll("-", "_");
const staticUid = "0f".repeat(16);
const user = "/user.slice/user-1000.slice/user@1000.service";
const pod = "/kubepods.slice/kubepods-burstable.slice";

const alone: ContainerPath = { ids: [id], podUid: undefined };
const inPod: ContainerPath = { ids: [id], podUid: uid };

describe("the container of a process", () => {
  test.each<[form: string, cgroups: readonly string[], found: ContainerPath]>([
    ["cgroupfs driver, best effort", [`/kubepods/besteffort/pod${uid}/${id}`], inPod],
    ["cgroupfs driver, guaranteed", [`/kubepods/pod${uid}/${id}`], inPod],
    ["cgroupfs driver, static pod", [`/kubepods/burstable/pod${staticUid}/${id}`], { ids: [id], podUid: staticUid }],
    ["cgroupfs driver, CRI-O", [`/kubepods/burstable/pod${uid}/crio-${id}`], inPod],
    [
      "systemd driver, containerd",
      [`${pod}/kubepods-burstable-pod${uidInSlice}.slice/cri-containerd-${id}.scope`],
      inPod,
    ],
    [
      "systemd driver, guaranteed",
      [`/kubepods.slice/kubepods-pod${uidInSlice}.slice/cri-containerd-${id}.scope`],
      inPod,
    ],
    [
      "systemd driver, static pod",
      [`${pod}/kubepods-burstable-pod${staticUid}.slice/cri-containerd-${id}.scope`],
      { ids: [id], podUid: staticUid },
    ],
    ["systemd driver, CRI-O", [`${pod}/kubepods-burstable-pod${uidInSlice}.slice/crio-${id}.scope`], inPod],
    [
      "systemd driver, CRI-O with crun",
      [`${pod}/kubepods-burstable-pod${uidInSlice}.slice/crio-${id}.scope/container`],
      inPod,
    ],
    ["systemd driver, docker", [`${pod}/kubepods-burstable-pod${uidInSlice}.slice/docker-${id}.scope`], inPod],
    ["colon form", [`/kubepods-burstable-pod${uidInSlice}.slice:cri-containerd:${id}`], inPod],
    [
      "colon form below the runtime's unit",
      [`/system.slice/containerd.service/kubepods-burstable-pod${uidInSlice}.slice:cri-containerd:${id}`],
      inPod,
    ],
    ["colon form of a pod in cgroupfs's words", [`/pod${uid}.slice:cri-containerd:${id}`], inPod],
    ["v2's line beside v1's", [`/kubepods/pod${uid}/${id}`, "/system.slice/containerd.service"], inPod],
    ["a nested kubelet", [`/kubelet/kubepods/besteffort/pod${uid}/${id}`], inPod],
    [
      "kind, cgroupfs driver",
      [`/docker/${outer}/kubelet/kubepods/besteffort/pod${uid}/${id}`, `/docker/${outer}`],
      { ids: [id, outer], podUid: uid },
    ],
    [
      "kind, systemd driver",
      [
        `/system.slice/docker-${outer}.scope/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod${uidInSlice}.slice/cri-containerd-${id}.scope`,
      ],
      { ids: [id, outer], podUid: uid },
    ],
    ["a pod's own group", [`/kubepods/burstable/pod${uid}`], { ids: [], podUid: uid }],
    ["a pod's own slice", [`${pod}/kubepods-burstable-pod${uidInSlice}.slice`], { ids: [], podUid: uid }],
    ["CRI-O's monitor in a pod", [`/kubepods/burstable/pod${uid}/crio-conmon-${id}`], { ids: [], podUid: uid }],
    ["Kata's sandbox", [`/kubepods/burstable/pod${uid}/kata_${id}`], inPod],
    ["docker, cgroupfs driver", [`/docker/${id}`], alone],
    ["docker, systemd driver", [`/system.slice/docker-${id}.scope`], alone],
    ["docker, systemd's form under the cgroupfs driver", [`/system.slice:docker:${id}`], alone],
    ["docker on a hybrid host", [`/docker/${id}`, "/", "/system.slice/containerd.service"], alone],
    ["docker in docker", [`/docker/${outer}/docker/${id}`], { ids: [id, outer], podUid: undefined }],
    ["docker in docker, a hierarchy that only the outer one uses", [`/docker/${outer}`, `/docker/${outer}/docker/${id}`], { ids: [id, outer], podUid: undefined }], // prettier-ignore
    ["docker in a pod", [`/kubepods/burstable/pod${uid}/${outer}/docker/${id}`], { ids: [id, outer], podUid: uid }],
    ["systemd in a container", [`/docker/${id}/init.scope`], alone],
    ["systemd in a pod", [`/kubepods/burstable/pod${uid}/${id}/system.slice/nginx.service`], inPod],
    ["podman, systemd", [`/machine.slice/libpod-${id}.scope`], alone],
    ["podman, crun", [`/machine.slice/libpod-${id}.scope/container`], alone],
    [
      "podman 4 with the cgroupfs manager, as seen on Debian 12",
      Array<string>(10).fill(`/libpod_parent/libpod-${id}`),
      alone,
    ],
    ["podman, without root", [`${user}/user.slice/libpod-${id}.scope/container`], alone],
    ["podman, split groups of a unit", [`/system.slice/app.service/libpod-payload-${id}`], alone],
    ["podman, a pod", [`/machine.slice/machine-libpod_pod_${outer}.slice/libpod-${id}.scope`], alone],
    ["containerd without CRI", [`/default/${id}`], alone],
    ["nerdctl", [`/system.slice/nerdctl-${id}.scope`], alone],
    ["ECS", [`/ecs/cafe-task/${id}`], alone],
    ["another prefix", [`/actions_job/${id}`], alone],
    ["a sibling, seen from a private namespace", [`/../${id}`], alone],
    ["a sibling's pod, seen from a private namespace", [`/../../pod${uid}/${id}`], inPod],
    [
      "another class of pods, seen from a private namespace",
      [`/../../../kubepods-besteffort.slice/kubepods-besteffort-pod${uidInSlice}.slice/cri-containerd-${id}.scope`],
      inPod,
    ],
    ["a group that somebody named so", [`/mine/my-${id}`], alone],
  ])("is found by the form of %s", (_form, cgroups, found) => {
    expect(findContainer(cgroups)).toEqual(found);
  });

  test.each<[form: string, cgroups: readonly string[]]>([
    ["no path", []],
    ["the root of each hierarchy", ["/", "/", "/"]],
    ["a service", ["/system.slice/containerd.service"]],
    ["podman's monitor as seen on Debian 12", ["/", "/libpod_parent/conmon", "/libpod_parent/conmon", "/"]],
    ["podman's monitor under systemd", [`/machine.slice/libpod-conmon-${id}.scope`]],
    ["CRI-O's monitor", [`/system.slice/crio-conmon-${id}.scope`]],
    ["podman's pod", [`/machine.slice/machine-libpod_pod_${id}.slice`]],
    ["podman's check of a container's health", [`/system.slice/${id}.service`]],
    ["an nspawn machine", ["/machine.slice/systemd-nspawn@debian.service/payload/system.slice/cron.service"]],
    ["an lxc container", ["/lxc.payload.debian/init.scope"]],
    ["63 digits", [`/docker/${id.slice(1)}`]],
    ["65 digits", [`/docker/a${id}`]],
    ["digits that go on", [`/docker/${id}a`]],
    ["capital digits", [`/docker/${id.toUpperCase()}`]],
    ["a letter before the digits", [`/docker/x${id}`]],
    ["a pod's uid cut short", [`/kubepods/pod${uid.slice(1)}`]],
    ["a pod's uid that goes on", [`/kubepods/pod${uid}0`]],
    ["a word that ends in pod", [`/kubepods/tripod${uid}`]],
    ["the class of pods", [pod]],
  ])("is not found by %s", (_form, cgroups) => {
    expect(findContainer(cgroups)).toBeUndefined();
  });
});

/** Names of containers and units, and other names that a control group may have. */
const anyName = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.constantFrom("..", "", "a.service", "b.scope", "c.slice", "init.scope", id, outer, `pod${uid}`),
  fc.constantFrom(`docker-${id}.scope`, `libpod-conmon-${id}.scope`, `pod${uid}.slice:x:${id}`),
);
const anyPaths = fc.array(
  fc.array(anyName).map((names) => `/${names.join("/")}`),
  { maxLength: 4 },
);

describe("whatever a path holds", () => {
  test("the ids and the uid of a container are parts of one path, and the ids are distinct", () => {
    fc.assert(
      fc.property(anyPaths, (cgroups) => {
        const found = findContainer(cgroups);
        if (found === undefined) return;
        const { ids, podUid } = found;
        expect(new Set(ids).size).toBe(ids.length);
        expect(ids.length + (podUid === undefined ? 0 : 1)).toBeGreaterThan(0);
        const holds = (path: string): boolean =>
          ids.every((each) => path.includes(each)) && path.replaceAll("_", "-").includes(podUid ?? "");
        expect(cgroups.some(holds)).toBe(true);
      }),
    );
  });

  test("a unit is a name within a path", () => {
    fc.assert(
      fc.property(anyPaths, (cgroups) => {
        const unit = findUnit(cgroups);
        const names = cgroups.flatMap((path) => path.split("/"));
        if (unit !== undefined) expect(names.map((name) => name.replace(/^_/, ""))).toContain(unit);
      }),
    );
  });

  test("a further path / changes nothing", () => {
    fc.assert(
      fc.property(anyPaths, fc.nat(4), (cgroups, at) => {
        const more = cgroups.toSpliced(at, 0, "/");
        expect(findContainer(more)).toEqual(findContainer(cgroups));
        expect(findUnit(more)).toBe(findUnit(cgroups));
      }),
    );
  });
});

describe("the unit of a process", () => {
  test.each<[what: string, cgroups: readonly string[], unit: string]>([
    ["a service", ["/system.slice/nginx.service"], "nginx.service"],
    ["an instance of a service", ["/system.slice/system-getty.slice/getty@tty1.service"], "getty@tty1.service"],
    ["a group below a service", ["/system.slice/nginx.service/workers"], "nginx.service"],
    ["a mount's daemon", ["/system.slice/home-data.mount"], "home-data.mount"],
    ["a login session", ["/user.slice/user-1000.slice/session-3.scope"], "session-3.scope"],
    ["a user's own service", [`${user}/app.slice/foo.service`], "foo.service"],
    ["a user's manager", [`${user}/init.scope`], "user@1000.service"],
    ["the manager of the system", ["/init.scope"], "init.scope"],
    ["a user's slice", ["/user.slice/user-1000.slice"], "user-1000.slice"],
    ["a name with an escape of systemd", ["/system.slice/_cpu.service"], "cpu.service"],
    ["v1, where not every hierarchy knows it", ["/", "/system.slice", "/system.slice/a.service", "/"], "a.service"],
    ["v1, one hierarchy of somebody else", ["/jobs/of/somebody/else", "/system.slice/a.service"], "a.service"],
    ["v1, a user's service that one hierarchy knows", [user, `${user}/app.slice/foo.service`], "foo.service"],
    ["a service in an nspawn machine", ["/machine.slice/machine-x.scope/payload/system.slice/a.service"], "a.service"],
    ["a service inside a container", [`/docker/${id}/system.slice/nginx.service`], "nginx.service"],
    ["systemd inside a container", [`/system.slice/docker-${id}.scope/init.scope`], "init.scope"],
    ["a service inside a pod", [`${pod}/cri-containerd-${id}.scope/system.slice/nginx.service`], "nginx.service"],
    ["a service that runs a container", [`/system.slice/app.service/libpod-payload-${id}`], "app.service"],
    ["podman's monitor, by its slice", [`/machine.slice/libpod-conmon-${id}.scope`], "machine.slice"],
  ])("is found for %s", (_what, cgroups, unit) => {
    expect(findUnit(cgroups)).toBe(unit);
  });

  test.each<[what: string, cgroups: readonly string[]]>([
    ["no path", []],
    ["the root of each hierarchy", ["/", "/"]],
    ["a group that nobody named for systemd", ["/jobs/batch.service.d"]],
    ["a kind of unit without a name", ["/.service/.slice"]],
    ["docker's container", [`/system.slice/docker-${id}.scope`]],
    ["podman's container", [`/machine.slice/libpod-${id}.scope/container`]],
    ["a pod's container", [`${pod}/kubepods-burstable-pod${uidInSlice}.slice/cri-containerd-${id}.scope`]],
    ["a pod's sandbox", [`${pod}/kubepods-burstable-pod${uidInSlice}.slice`]],
    ["a pod's container below the runtime's unit", [`/system.slice/containerd.service/kubepods-pod${uidInSlice}.slice:cri-containerd:${id}`]], // prettier-ignore
    ["docker's container on a hybrid host", [`/docker/${id}`, "/system.slice/containerd.service"]],
  ])("is not found for %s", (_what, cgroups) => {
    expect(findUnit(cgroups)).toBeUndefined();
  });
});
