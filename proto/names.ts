// Which names are allowed where they become part of a path, a key or a backup's id.
import { StillpointError } from "./errors.ts";

const backupIds = /^[A-Za-z0-9][A-Za-z0-9._-]{0,249}$/;
const labels = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/;

export function isBackupId(text: string): boolean {
  return backupIds.test(text);
}

/** Gives the id back. @throws StillpointError invalid */
export function checkBackupId(id: string): string {
  if (isBackupId(id)) return id;
  throw new StillpointError("invalid", `backup id ${quoted(id)} is not one`, {
    hint: "an id has 1 to 250 letters, digits, dots, dashes and underscores, the first a letter or digit; see stillpoint list",
  });
}

/** Gives the label back. @throws StillpointError invalid */
export function checkLabel(label: string): string {
  if (labels.test(label)) return label;
  throw new StillpointError("invalid", `label ${quoted(label)} is not allowed`, {
    hint: "a label has 1 to 200 letters, digits, dots, dashes and underscores, the first a letter or digit",
  });
}

/** `2026-11-22T15.04.05.123Z_nightly` */
export function backupIdOf(createdAt: Date, label: string): string {
  return `${createdAt.toISOString().replaceAll(":", ".")}_${checkLabel(label)}`;
}

/** A value in an error message: on one line, and not too long of it. */
export function quoted(value: string): string {
  return printable(JSON.stringify(value.length > 100 ? `${value.slice(0, 100)}…` : value));
}

/** A text from outside, in a message: on one line, not too long of it, and with nothing that a terminal would obey. */
export function printable(text: string, most = Number.POSITIVE_INFINITY): string {
  return text.slice(0, most).replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
    return `\\u{${character.codePointAt(0)?.toString(16)}}`;
  });
}
