// stillpoint create
import { Command } from "commander";
import { dayMs } from "../../runtime/duration.ts";
import { backupText } from "../backup-text.ts";
import { followRun } from "../follow-run.ts";
import { forecastText } from "../forecast-text.ts";
import { backupJson, forecastJson } from "../json.ts";
import { durationOption, labelOption, shareOption, withExample } from "../options.ts";
import { withCoordinator } from "../session.ts";

interface CreateOptions {
  label?: string;
  timeout?: number;
  firstWait?: number;
  maxWait?: number;
  maxStall?: number;
  hold?: number;
  patience?: number;
  force?: boolean;
  allowInconsistent?: boolean;
  dryRun?: boolean;
}

export function createCommand(): Command {
  const positive = { minMs: 1 };
  const command = new Command("create")
    .description(
      "Take a consistent backup of all servers. What is not given here, the coordinator's configuration decides.",
    )
    .addOption(labelOption())
    .addOption(
      durationOption("--timeout <duration>", "longest time to try to lock all servers", { minMs: 1, maxMs: dayMs }),
    )
    .addOption(
      durationOption("--first-wait <duration>", "how long the first round waits for open writes to end", positive),
    )
    .addOption(durationOption("--max-wait <duration>", "how long a later round waits at most", positive))
    .addOption(durationOption("--max-stall <duration>", "give a round up rather than block writes longer; 0: no limit"))
    .addOption(durationOption("--hold <duration>", "longest time from the last lock to the cut", positive))
    .addOption(
      shareOption("--patience <share>", "share of the timeout, 0 to 1, to wait for long writes without blocking"),
    )
    .option("--force", "when the time is up, abort the write transactions in the way and try once more")
    .option("--allow-inconsistent", "when the time is up, take the backup without a lock and mark it INCONSISTENT")
    .option("--dry-run", "look only: which server would be locked first, what is in the way, what to expect");
  const examples = ["stillpoint create --label nightly --timeout 2m --max-stall 500ms", "stillpoint create --dry-run"];
  return withExample(command, ...examples).action((options: CreateOptions, self: Command) =>
    options.dryRun ? forecast(options, self) : create(options, self),
  );
}

function create(options: CreateOptions, self: Command): Promise<void> {
  return withCoordinator(self, async (session) => {
    const messages = (left: AbortSignal) => session.client.createBackup(requestOf(options), left);
    const backup = backupJson(await followRun(messages, (message) => message.backup, session));
    session.output.result(backup, (look) => backupText(backup, look));
  });
}

function forecast(options: CreateOptions, self: Command): Promise<void> {
  return withCoordinator(self, async (session) => {
    const messages = (left: AbortSignal) => session.client.createBackup(requestOf(options), left);
    const found = forecastJson(await followRun(messages, (message) => message.forecast, session));
    session.output.result(found, (look) => forecastText(found, look));
  });
}

/** Absent fields stay absent: they are the coordinator's to fill. */
function requestOf({ label, timeout, firstWait, maxWait, maxStall, hold, patience, ...rest }: CreateOptions) {
  return {
    ...(label === undefined ? {} : { label }),
    ...(timeout === undefined ? {} : { timeoutMs: timeout }),
    ...(firstWait === undefined ? {} : { firstWaitMs: firstWait }),
    ...(maxWait === undefined ? {} : { maxWaitMs: maxWait }),
    ...(maxStall === undefined ? {} : { maxStallMs: maxStall }),
    ...(hold === undefined ? {} : { holdMs: hold }),
    ...(patience === undefined ? {} : { patience }),
    ...rest,
  };
}
