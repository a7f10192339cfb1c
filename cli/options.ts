// Options that several commands have, and how their values are read. What is wrong with a value is said before anybody is
// called.
import { Argument, type Command, InvalidArgumentError, Option } from "commander";
import { checkBackupId, checkLabel } from "../proto/names.ts";
import { parseAddress } from "../runtime/address.ts";
import { type DurationLimits, parseDuration } from "../runtime/duration.ts";
import type { SecurityOptions } from "./security.ts";

export interface GlobalOptions extends SecurityOptions {
  coordinator: string[];
  json?: boolean;
}

export function coordinatorOption(): Option {
  return new Option("--coordinator <addresses>", "HOST:PORT; of several, with commas, the first that answers is used")
    .env("STILLPOINT_COORDINATOR")
    .argParser((text: string) => text.split(",").map((each) => checked(each.trim(), asAddress)))
    .default(["127.0.0.1:7420"], "127.0.0.1:7420");
}

export function durationOption(flags: string, description: string, limits?: DurationLimits): Option {
  return new Option(flags, description).argParser((text: string) =>
    checked(text, (value) => parseDuration(value, limits)),
  );
}

export function shareOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text: string) => {
    const share = Number(text);
    if (text.trim() !== "" && share >= 0 && share <= 1) return share;
    throw new InvalidArgumentError("must be a number from 0 to 1");
  });
}

export function labelOption(): Option {
  return new Option("--label <label>", "part of the backup's id; a UUID if left out").argParser(checkLabel);
}

/** Repeatable; gathers OLD=NEW. */
export function serverMapOption(): Option {
  return new Option("--map <OLD=NEW>", "server OLD of the backup goes to server NEW of the cluster; repeatable")
    .argParser((text: string, pairs: Record<string, string>) => {
      const [, old, target] = /^([\w.-]{1,100})=([\w.-]{1,100})$/.exec(text) ?? [];
      if (old === undefined || target === undefined) throw new InvalidArgumentError("must be OLD=NEW, such as db1=db4");
      if (Object.hasOwn(pairs, old)) throw new InvalidArgumentError(`server "${old}" is mapped twice`);
      if (Object.values(pairs).includes(target))
        throw new InvalidArgumentError(`server "${target}" cannot be given two pieces`);
      return { ...pairs, [old]: target };
    })
    .default({}, "each to itself");
}

export function yesOption(): Option {
  return new Option("--yes", "do not ask, also on a terminal");
}

export function backupIdArgument(name = "<id>"): Argument {
  return new Argument(name, "full id of the backup, as list shows it").argParser(checkBackupId);
}

/** Ends the command's help. */
export function withExample(command: Command, ...examples: string[]): Command {
  return command.addHelpText("after", `\nExample:\n${examples.map((example) => `  $ ${example}`).join("\n")}`);
}

function asAddress(text: string): string {
  if (parseAddress(text).port === 0)
    throw new RangeError("must be HOST:PORT with the port that a coordinator listens on");
  return text;
}

function checked<T>(text: string, parse: (text: string) => T): T {
  try {
    return parse(text);
  } catch (error) {
    throw new InvalidArgumentError((error as RangeError).message);
  }
}
