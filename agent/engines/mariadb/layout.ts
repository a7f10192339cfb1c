// The files of a MariaDB data directory, as far as links are concerned: there are none. Engines make their pieces themselves;
// this says what a restore moves, what it may link of a piece, and how much a backup will need.
import type { FileClass, FileLayout } from "../../files/layout.ts";

/** They belong to the installation or to the running server, and stay where they are. */
const staysBehind = /^(mysql_upgrade_info|mariadb_upgrade_info|debian-.*\.flag|[^/]*\.(pid|sock|err))$/;

/** Never written again; `binlogs/` of a piece is only read when it is unpacked. Not aria_log.00000001, which is. */
const binaryLogs = /^(binlogs\/[^/]+|(?!aria_log\.)[^/]+\.\d{6,})$/;

export function mariadbLayout(method: "binlog" | "snapshot"): FileLayout {
  const isImmutable = (path: string) => method === "binlog" && binaryLogs.test(path);
  return {
    kind: "mariadb",
    classify: (path): FileClass => {
      if (staysBehind.test(path)) return "excluded";
      return isImmutable(path) ? "immutable" : "mutable";
    },
    fingerprint: () => Promise.resolve(""),
    orphans: () => Promise.resolve([]),
  };
}
