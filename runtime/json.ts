// JSON from outside, on its way to a schema.

/** Undefined, which is no JSON value, if it is none. */
export function parseJson(json: string | Buffer): unknown {
  try {
    return JSON.parse(json.toString());
  } catch {
    return undefined;
  }
}
