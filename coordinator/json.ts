// JSON from outside, on its way to a schema.

/** Undefined, which is no JSON value, if it is none. */
export function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}
