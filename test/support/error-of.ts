// The error of something that should fail, as a value.
import { StillpointError } from "../../proto/errors.ts";

/** Undefined if it did not fail. Anything but a StillpointError is thrown on. */
export function errorOf(step: () => unknown): StillpointError | undefined {
  try {
    step();
    return undefined;
  } catch (error) {
    if (error instanceof StillpointError) return error;
    throw error;
  }
}

/** Undefined if it did not fail. Anything but a StillpointError is thrown on. */
export async function rejectionOf(work: Promise<unknown>): Promise<StillpointError | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (error instanceof StillpointError) return error;
    throw error;
  }
}
