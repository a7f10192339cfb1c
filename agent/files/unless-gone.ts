// An engine deletes files whenever it likes: what is gone between a listing and a look at it is no error.
import { isMissing } from "../disk.ts";

export async function unlessGone<Value>(value: Promise<Value>): Promise<Value | undefined> {
  try {
    return await value;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
