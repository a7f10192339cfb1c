// The port to a server's clients: how the conformance kit writes to a server, and reads from it.
//
// A write that comes while writes are stopped may wait, or be refused. It must not be acknowledged.

export interface WriteProbe {
  /** Makes one write. Resolves when it is acknowledged; rejects when it was refused, or nobody knows what became of it. */
  write(): Promise<void>;
  /** How many writes there are: a read. */
  count(): Promise<number>;
  /** Ends what still goes on. */
  close(): Promise<void>;
}
