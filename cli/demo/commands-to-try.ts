// What to try on the cluster that the demo has left running. Every line works as it stands, one after the other.
import { join } from "node:path";
import type { Look } from "../output.ts";
import type { Findings } from "./result.ts";

const repository = join(import.meta.dirname, "../..");

export function commandsToTry({ engine, cluster, made, proof }: Findings, { paint }: Look): string {
  const { servers, coordinator } = cluster;
  const { id } = made.backup;
  const [{ id: server = "", agent = "" } = {}] = servers;
  const stillpoint =
    coordinator === "127.0.0.1:7420" ? "npx stillpoint" : `npx stillpoint --coordinator ${coordinator}`;
  const curl = "npx buf curl --protocol grpc";
  // larger than that of any run so far, smaller than that of the next: so this comes before "create"
  const round = { run: { backup_id: "by-hand", token: proof.lastToken + 1 }, round: 1 };
  const lock = JSON.stringify({ ...round, wait_ms: 1_000, hold_ms: 30_000 });
  const sections = {
    "Look around": [
      `cd ${repository}`,
      `${stillpoint} status`,
      `${curl} http://${agent}/stillpoint.v1.Agent/Describe`,
      `${curl} http://${agent}/grpc.health.v1.Health/Check`,
    ],
    [`Stop the writes of ${server} by hand, for 30 s at most, and let them go`]: [
      `${curl} -d '${lock}' http://${agent}/stillpoint.v1.Agent/Lock`,
      `${stillpoint} status`,
      `${curl} -d '${JSON.stringify(round)}' http://${agent}/stillpoint.v1.Agent/Release`,
    ],
    "Write, and take a backup meanwhile": [engine.loadCommand(servers), `${stillpoint} create --label mine`],
    "Use a backup": [
      `${stillpoint} list`,
      `${stillpoint} show ${id}`,
      `${stillpoint} verify ${id}`,
      `${stillpoint} restore ${id} --dry-run`,
    ],
    "With grpcurl, if you have it": [
      `grpcurl -plaintext ${agent} describe stillpoint.v1.Agent`,
      `grpcurl -plaintext ${coordinator} stillpoint.v1.Coordinator/GetStatus`,
    ],
  };
  const texts = Object.entries(sections).map(([title, commands]) => {
    return `${paint("bold", title)}\n${commands.map((command) => `  ${command}`).join("\n")}\n`;
  });
  return ["", ...texts, "The cluster runs until you press Ctrl-C here."].join("\n");
}
