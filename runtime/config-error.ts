// What is wrong with a configuration: one sentence a problem, each of which names file or variable, key, and what is allowed.

export class ConfigError extends Error {
  override readonly name = "ConfigError";

  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
  }
}
