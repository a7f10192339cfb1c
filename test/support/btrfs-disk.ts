// A btrfs of its own in a file, for snapshots. Needs root and a loop device.
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MariadbServer, publicDirectory } from "./mariadb-server.ts";
import { needBtrfs } from "./need.ts";

export class BtrfsDisk {
  readonly path: string;
  readonly #home: string;

  static mount(megabytes: number): BtrfsDisk {
    needBtrfs();
    return new BtrfsDisk(publicDirectory("stillpoint-btrfs-"), megabytes);
  }

  private constructor(home: string, megabytes: number) {
    this.#home = home;
    this.path = join(home, "disk");
    const image = join(home, "image");
    writeFileSync(image, "");
    truncateSync(image, megabytes * 1024 * 1024);
    run("mkfs.btrfs", "--quiet", image);
    mkdirSync(this.path);
    run("mount", "-o", "loop", image, this.path);
    chmodSync(this.path, 0o777);
  }

  /** A server whose data directory is a subvolume. */
  async startMariadb(name: string, template: string, options: readonly string[]): Promise<MariadbServer> {
    const directory = join(this.path, name);
    mkdirSync(directory);
    chmodSync(directory, 0o777);
    run("btrfs", "subvolume", "create", join(directory, "data"));
    run("cp", "-a", `${template}/.`, join(directory, "data"));
    return await MariadbServer.startIn(directory, options);
  }

  /** Paths of all subvolumes. */
  subvolumes(): string[] {
    const lines = run("btrfs", "subvolume", "list", this.path).split("\n").filter(Boolean);
    return lines.map((line) => line.split(" path ")[1] ?? "");
  }

  unmount(): void {
    run("umount", this.path);
    rmSync(this.#home, { recursive: true });
  }
}

function run(...[program, ...args]: [string, ...string[]]): string {
  const path = `${process.env.PATH}:/usr/sbin:/sbin`;
  return execFileSync(program, args, { env: { PATH: path }, stdio: ["ignore", "pipe", "pipe"] }).toString();
}
