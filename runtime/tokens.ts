// Bearer tokens: files that each hold one token. Only hashes of them are kept, so nothing that is compared, logged or dumped
// has a token in it.
import { createHash } from "node:crypto";
import { basename } from "node:path";
import { ConfigError } from "./config-error.ts";
import { readSecretFile } from "./secret-file.ts";
import { WatchedFiles } from "./watched-files.ts";

export interface Token<Role> {
  role: Role;
  /** The file's name: for logs. */
  name: string;
  sha256: Buffer;
}

export interface TokenEvents {
  onRenewed: () => void;
  /** A new file cannot be used; what was there before is kept. */
  onProblem: (problem: string) => void;
}

const allowed = /^[\x21-\x7e]{16,4096}$/;

/** One to show; read again when the file changes. @throws ConfigError */
export function watchToken(file: string, events: TokenEvents): Promise<WatchedFiles<string>> {
  return WatchedFiles.open({
    read: async () => [await readSecretFile(file)],
    parse: ([content]) => checkToken(file, content),
    onChange: events.onRenewed,
    onProblem: events.onProblem,
  });
}

/** Those that a service accepts, by role; read again when the files change. @throws ConfigError */
export function watchTokens<Role extends string>(
  filesByRole: Readonly<Record<Role, readonly string[]>>,
  events: TokenEvents,
): Promise<WatchedFiles<Token<Role>[]>> {
  const entries = Object.entries(filesByRole) as [Role, readonly string[]][];
  const files = entries.flatMap(([role, paths]) => paths.map((file) => ({ role, file })));
  return WatchedFiles.open<Token<Role>[]>({
    read: () => Array.fromAsync(files, ({ file }) => readSecretFile(file)), // in order, for the same reason as in tls.ts
    parse: (contents) =>
      files.map(({ role, file }, index) => {
        const token = checkToken(file, contents[index]);
        return { role, name: basename(file), sha256: createHash("sha256").update(token).digest() };
      }),
    onChange: events.onRenewed,
    onProblem: events.onProblem,
  });
}

/**
 * @param source of the token, for messages
 * @throws ConfigError
 */
export function checkToken(source: string, content: Buffer | undefined): string {
  const token = content?.toString("latin1").trim() ?? "";
  if (allowed.test(token)) return token;
  throw new ConfigError([`${source}: must hold one token of 16 characters at least, without spaces`]);
}
