// A file with a secret in it must be kept from others, as ssh and PostgreSQL want it of a key: mode 0600; or 0640 if it is
// root's, whose groups nobody joins by chance.
import type { Stats } from "node:fs";
import { ConfigError } from "./config-error.ts";

/** @param what the key that is secret. @throws ConfigError that says what to do */
export function mustBeKept(file: string, { mode, uid }: Stats, what: string): void {
  const allowed = uid === 0 ? 0o640 : 0o600;
  if ((mode & 0o777 & ~(allowed | 0o100)) === 0) return;
  const octal = (bits: number) => bits.toString(8).padStart(4, "0");
  const problem = `has the secret ${what} in it, and others may read or change it (mode ${octal(mode & 0o777)})`;
  throw new ConfigError([`${file}: ${problem}: chmod ${octal(allowed)} ${file}`]);
}
