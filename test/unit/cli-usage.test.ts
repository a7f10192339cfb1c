// Every command explains itself with an example, and every kind of bad usage ends with exit code 2.
import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import { createProgram } from "../../cli/program.ts";
import { asStillpointError } from "../../cli/report-error.ts";

function allCommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(allCommands)];
}

function fullName(command: Command): string {
  return command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`;
}

describe("the help of every command", () => {
  it.each(allCommands(createProgram()).map((command) => [fullName(command), command] as const))(
    "%s ends with an example",
    (name, command) => {
      let text = "";
      command.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
      expect(text).toContain(`\nExample:\n  $ ${name}`);
      expect(text).toContain("--coordinator <addresses>");
    },
  );
});

const id = "2026-11-22T15.04.05.123Z_nightly";
const seeHelp = "stillpoint help COMMAND shows what is allowed";
const labelHint = "a label has 1 to 200 letters, digits, dots, dashes and underscores, the first a letter or digit";

async function problemOf(args: string[]) {
  const program = createProgram();
  for (const command of allCommands(program)) command.configureOutput({ writeErr: () => {} });
  const error = asStillpointError(await program.parseAsync(args, { from: "user" }).catch((thrown: unknown) => thrown));
  return { reason: error.reason, message: error.message, hint: error.hint };
}

describe("bad usage", () => {
  it.each([
    [["lst"], "unknown command 'lst'", "did you mean list?"],
    [["create", "--lable", "x"], "unknown option '--lable'", "did you mean --label?"],
    [["create", "--timeout", "5"], "must have a unit, such as 5ms or 5s", seeHelp],
    [["create", "--timeout", "25h"], "must be 1d at most", seeHelp],
    [["create", "--hold", "2h"], "must be 1h at most", seeHelp],
    [["create", "--hold", "0"], "must be 1ms at least", seeHelp],
    [["create", "--max-stall=-1s"], "must not be negative", seeHelp],
    [["create", "--patience", "2"], "must be a number from 0 to 1", seeHelp],
    [["create", "--patience", ""], "must be a number from 0 to 1", seeHelp],
    [["create", "--label", "../x"], 'label "../x" is not allowed', labelHint],
    [["create", "--label", ".hidden"], 'label ".hidden" is not allowed', labelHint],
    [["create", "--label", ".."], 'label ".." is not allowed', labelHint],
    [["create", "--label", ""], 'label "" is not allowed', labelHint],
    [["create", "--label", "x".repeat(201)], "is not allowed", labelHint],
    [["show", ".."], 'backup id ".." is not one', "an id has 1 to 250 letters"],
    [["verify", "a/b"], 'backup id "a/b" is not one', "an id has 1 to 250 letters"],
    [["cancel", "../a"], 'backup id "../a" is not one', "an id has 1 to 250 letters"],
    [["show"], "missing required argument 'id'", seeHelp],
    [["list", "extra"], "too many arguments", seeHelp],
    [["restore", id, "--map", "db1"], "must be OLD=NEW, such as db1=db4", seeHelp],
    [["restore", id, "--map", "a=../b"], "must be OLD=NEW, such as db1=db4", seeHelp],
    [["restore", id, "--map", "a=b", "--map", "a=c"], 'server "a" is mapped twice', seeHelp],
    [["restore", id, "--map", "a=c", "--map", "b=c"], 'server "c" cannot be given two pieces', seeHelp],
    [["list", "--coordinator", "nowhere"], "must be HOST:PORT", seeHelp],
    [["list", "--coordinator", "a:1,b"], "must be HOST:PORT", seeHelp],
    [["list", "--coordinator", "a:0"], "must be HOST:PORT", seeHelp],
    [
      ["list", "--coordinator", "10.0.0.1:1"],
      'plain text must not go to the coordinator at "10.0.0.1:1"',
      "--insecure",
    ],
    [["list", "--tls-ca", "ca.crt"], "--tls-ca, --tls-cert and --tls-key go together", seeHelp],
    [["list", "--tls", "/nowhere"], "/nowhere/ca.crt: there is no such file", ""],
    [["list", "--tls", "/nowhere", "--insecure"], "--insecure does not go with certificates", seeHelp],
    [["list", "--token-file", "/nowhere"], "/nowhere: there is no such file", ""],
    [["certs", "init", "--host", "a b"], "must be a DNS name or an IP address", seeHelp],
    [["plan", "apply", "/nowhere/plan.yaml"], "/nowhere/plan.yaml: there is no such file", ""],
    [["agent", "--config", "/nowhere/agent.yaml"], "/nowhere/agent.yaml: there is no such file", ""],
    [["demo", "--agency", "zookeeper"], "Allowed choices are embedded, etcd", seeHelp],
    [["plan"], "no command was given", seeHelp],
    [[], "no command was given", seeHelp],
  ])("%j is refused before anybody is called", async (args, message, hint) => {
    expect(await problemOf(args)).toEqual({
      reason: "invalid",
      message: expect.stringContaining(message),
      hint: expect.stringContaining(hint),
    });
  });
});
