// What an error of the file system means.
/** Nothing is there under that name. */
export function isMissing(error: unknown): boolean {
  return hasCode(error, "ENOENT", "ENOTDIR");
}

/** Nothing is wrong with what is there, as far as one knows: asked again, it may be read. */
export function mayPass(error: unknown): boolean {
  return hasCode(error, "EIO", "EMFILE", "ENFILE", "ENOMEM", "EAGAIN", "ESTALE", "ETIMEDOUT");
}

/** A database deletes files whenever it likes: what is gone between a listing and a look at it is no error. */
export async function unlessGone<Value>(value: Promise<Value>): Promise<Value | undefined> {
  try {
    return await value;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** The same, of a look that all else waits for. */
export function unlessGoneAtOnce<Value>(look: () => Value): Value | undefined {
  try {
    return look();
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

export function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && "code" in error && codes.includes(String(error.code));
}
