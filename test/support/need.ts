// The programs that tests need and npm does not have. Installs Debian's packages where that is possible.
import { spawnSync } from "node:child_process";

/** etcd, the real one. */
export function needEtcd(): void {
  need("etcd", "etcd-server");
}

/** For the certificates of a test. */
export function needOpenssl(): void {
  need("openssl", "openssl");
}

/** A real Redis, with its tools. */
export function needRedis(): void {
  need("redis-server", "redis-server");
}

/** To slow a server's system calls down. */
export function needStrace(): void {
  need("strace", "strace");
}

/** MariaDB's server and tools, with MyRocks. */
export function needMariadb(): void {
  need("mariadbd", "mariadb-server");
  need("mariadb-backup", "mariadb-backup");
  need("mariadb-ldb", "mariadb-plugin-rocksdb");
}

/** For a file system of a test's own that makes snapshots. */
export function needBtrfs(): void {
  need("mkfs.btrfs", "btrfs-progs");
}

export function needDockerDaemon(): void {
  need("dockerd", "docker.io");
}

/** What stand-ins for images are made of. */
export function needPartsOfImages(): void {
  needEtcd();
  needRedis();
  needOpenssl();
  need("etcdctl", "etcd-client");
  need("busybox", "busybox-static");
}

/** For the units in deploy/systemd. */
export function needSystemd(): void {
  need("systemd-analyze", "systemd");
}

/** Whether `need` would not fail; where CI is set everything is needed. */
export function canHave(program: string): boolean {
  return process.env.CI !== undefined || isThere(program) || canInstall();
}

function need(program: string, debianPackage: string): void {
  if (isThere(program)) return;
  if (canInstall()) {
    console.error(`installing ${debianPackage} …`);
    const install = `apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends ${debianPackage}`;
    const apt = spawnSync("sh", ["-c", install], { encoding: "utf8" });
    if (apt.status === 0 && isThere(program)) return;
    console.error(apt.stderr);
  }
  throw new Error(`the tests need "${program}": install it (Debian: apt-get install ${debianPackage}), then run again`);
}

function canInstall(): boolean {
  return process.getuid?.() === 0 && isThere("apt-get");
}

function isThere(program: string): boolean {
  return spawnSync("sh", ["-c", `PATH="$PATH:/usr/sbin"; command -v ${program}`]).status === 0;
}
