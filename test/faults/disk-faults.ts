// Faults of the disk that the first server's data and backups are on.
import { join } from "node:path";
import type { SmallDisk } from "../support/small-disk.ts";
import type { FaultCluster, TestedServer } from "./fault-cluster.ts";
import type { Fault, Mend } from "./faults.ts";

/** A database that could not write does not write any more: it is started again. */
export function diskFull(disk: SmallDisk): Fault {
  return {
    row: "disk full",
    hitsServer: "db1",
    strike: (cluster) => {
      disk.fill();
      return async () => {
        disk.free();
        await cluster.startServer(first(cluster));
      };
    },
    mayEnd: ["complete", "no-space", "unreachable"],
  };
}

export function backupsReadOnly(disk: SmallDisk): Fault {
  return {
    row: "backups read-only",
    strike: (cluster) => mountOnBackups(cluster, disk, (backups) => ["-o", "bind,ro", backups]),
    mayEnd: ["invalid"],
  };
}

export function backupsElsewhere(disk: SmallDisk): Fault {
  return {
    row: "backups on another device",
    strike: (cluster) => mountOnBackups(cluster, disk, () => ["-t", "tmpfs", "tmpfs"]),
    mayEnd: ["cross-device"],
  };
}

function mountOnBackups(cluster: FaultCluster, disk: SmallDisk, what: (backups: string) => string[]): Mend {
  const backups = join(first(cluster).dataDir, "backups");
  disk.mountOn(backups, what(backups));
  return () => disk.unmount(backups);
}

function first({ servers }: FaultCluster): TestedServer {
  return servers[0] as TestedServer;
}
