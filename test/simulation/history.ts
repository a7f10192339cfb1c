// What the database's clients were promised: which transactions are of one piece over several servers, and which write depends
// on which. A consistent cut keeps these promises.

interface Place {
  id: string;
  serverId: string;
}

/** The writes that each server's piece shows. */
export type Shown = ReadonlyMap<string, ReadonlySet<string>>;

export class History {
  readonly #serversOf = new Map<string, string[]>();
  readonly #causeOf = new Map<string, Place>();
  readonly #aborted = new Set<string>();

  isAtomic(id: string, serverIds: string[]): void {
    this.#serversOf.set(id, serverIds);
  }

  isAborted(id: string): void {
    this.#aborted.add(id);
  }

  dependsOn(id: string, serverId: string, cause: string, causeServerId: string): void {
    this.#causeOf.set(`${serverId}/${id}`, { id: cause, serverId: causeServerId });
  }

  /** Undefined while it is not decided. */
  outcomeOf(id: string): "commit" | "abort" | undefined {
    if (this.#serversOf.has(id)) return "commit";
    return this.#aborted.has(id) ? "abort" : undefined;
  }

  /** Why what is shown is no consistent cut; undefined if it is one. */
  inconsistency(shown: Shown): string | undefined {
    for (const [serverId, writes] of shown) {
      for (const id of writes) {
        const missing = this.#missingFor(id, serverId, shown);
        if (missing !== undefined) return missing;
      }
    }
    return undefined;
  }

  #missingFor(id: string, serverId: string, shown: Shown): string | undefined {
    const absent = this.#serversOf.get(id)?.find((other) => shown.get(other)?.has(id) === false);
    if (absent !== undefined) return `transaction ${id} is on ${serverId}, and not on ${absent}`;
    const cause = this.#causeOf.get(`${serverId}/${id}`);
    if (cause === undefined || shown.get(cause.serverId)?.has(cause.id) !== false) return undefined;
    return `write ${id} is on ${serverId}, and not write ${cause.id} on ${cause.serverId}, on which it depends`;
  }
}
