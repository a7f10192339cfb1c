// Faults against which less is promised. A run that has met one of them is not held to what only a truthful machine can keep.

/** What was said to be durable is not: a piece, or a whole database, may be lost. */
export const lyingDisk = "a disk lies about fsync, and loses power";
/** Writes go on in a server that says they do not: no cut can be consistent. */
export const ignoredStop = "a writer ignores the stop";
/**
 * A known gap, not a fault: an agent that is started anew starts a server that was put back and was to stay stopped, because
 * another server could not be put back yet. Until the restore is settled the two work on different data.
 */
export const hastyStart = "an agent's start starts a server before its restore is settled";
