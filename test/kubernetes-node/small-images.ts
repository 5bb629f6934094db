/** Images of one program each: the sandbox of pods, and busybox, which all test pods run. */

import { copyFileSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { writeImageArchive } from "./image-archive.ts";
import { pauseImage } from "./node/runtime.ts";

/** The image of test pods: /bin/sh and the few programs that they start. */
export const busyboxImage = "localhost/busybox:1";

const applets = ["sh", "true", "sleep", "cat"];

/** @returns the archives' paths, in `folder` */
export async function writeSmallImages(programs: string, folder: string): Promise<string[]> {
  const pause = join(folder, "pause");
  mkdirSync(pause, { recursive: true });
  copyFileSync(join(programs, "pause"), join(pause, "pause"));
  const busybox = join(folder, "busybox");
  mkdirSync(join(busybox, "bin"), { recursive: true });
  copyFileSync(join(programs, "busybox"), join(busybox, "bin/busybox"));
  for (const applet of applets) symlinkSync("busybox", join(busybox, "bin", applet));
  const images = [
    { name: pauseImage, root: pause, entrypoint: ["/pause"], file: `${pause}.tar` },
    { name: busyboxImage, root: busybox, entrypoint: ["/bin/sh"], file: `${busybox}.tar` },
  ];
  for (const image of images) {
    await writeImageArchive(image);
    rmSync(image.root, { recursive: true });
  }
  return images.map(({ file }) => file);
}
