// Known mistakes, put into the real code one at a time, each by a wrapper around one of its ports. The simulation must find
// every one of them: a simulation that finds nothing proves nothing.
import { dirname } from "node:path";
import type { Engine, StoppedWrites } from "../../agent/engines/engine.ts";
import type { AgentPort } from "../../coordinator/ports.ts";
import { StillpointError } from "../../proto/errors.ts";
import type { AgentHandlers } from "../../proto/gen/stillpoint/v1/Agent.ts";
import type { AgentHost } from "./agents.ts";
import { rightWiring, type Wiring } from "./wiring.ts";

export interface Mistake {
  name: string;
  /** Within so many seeds it must be caught. */
  withinSeeds: number;
  /** A wiring for one world. */
  wiring: () => Wiring;
}

const forever = new AbortController().signal;

export const mistakes: readonly Mistake[] = [
  mistake("Snapshot before the last Lock answer", 200, () => ({ agents: (agents) => agents.map(earlySnapshot) })),
  mistake("Release only of those that answered", 1000, () => ({ agents: (agents) => agents.map(forgetfulRelease) })),
  mistake("Release without a look at who holds", 2000, () => ({
    handlers: (handlers, agent) =>
      before(handlers, "Release", async () => {
        const { hold } = await agent.describe(false, forever);
        if (hold.state !== "free") await agent.release(hold.ref);
      }),
  })),
  mistake("the lease is trusted from memory", 1000, () => ({
    store: (store) =>
      instead(store, {
        transact: ({ guards, ...writes }, signal) =>
          store.transact({ guards: guards.filter(({ kind }) => kind !== "created"), ...writes }, signal),
        createLeased: async (...request) => {
          const lease = await store.createLeased(...request);
          return lease && instead(lease, { signal: forever, isHeld: () => true, lose: () => {} });
        },
      }),
  })),
  mistake("a Lock that arrives late is accepted", 1000, lateLock),
  mistake("the lock ends with the call", 50, () => ({
    handlers: (handlers, agent) => after(handlers, "Lock", ({ run, round }) => agent.release({ ...run, round })),
  })),
  mistake("META.json is written after the rename", 1000, metaAfterRename),
  mistake("files are not synced before META.json", 1000, () => ({
    disk: (disk) => instead(disk, { syncFiles: async () => {} }),
  })),
  mistake("no fsync of the directories at commit", 1000, () => ({
    disk: (disk) =>
      instead(disk, {
        sync: async (path) => {
          if (!/\/backups(\/\.staging)?$/.test(path)) await disk.sync(path);
        },
      }),
  })),
  mistake("the Plan is compared before the lock only", 500, () => ({
    agency: (agency) => instead(agency, { isCurrent: () => Promise.resolve(true) }),
  })),
  mistake("deletion by label", 1000, () => ({
    handlers: (handlers, agent) =>
      before(handlers, "DeletePiece", async ({ run }) => {
        const label = run.backupId.split("_").at(-1);
        for (const { id } of await agent.listPieces("")) {
          if (id !== run.backupId && id.endsWith(`_${label}`))
            await agent.deletePiece({ ...run, backupId: id }).catch(() => {});
        }
      }),
  })),
  mistake("the last wait is not clipped", 200, () => ({
    agents: (agents) =>
      agents.map((agent) =>
        instead(agent, {
          lock: (run, options, signal) => {
            const waitMs = Math.max(options.waitMs, Math.min(4000, 100 * 2 ** options.round));
            return agent.lock(run, { ...options, waitMs }, signal);
          },
        }),
      ),
  })),
  mistake("Snapshot without a look at the hold", 2000, () => ({ engine: credulous })),
  mistake("a take-over aborts what was decided", 1000, () => ({
    agency: (agency) =>
      instead(agency, {
        listJobs: async (signal) => {
          const jobs = await agency.listJobs(signal);
          return new Map([...jobs].map(([id, json]) => [id, json.replace('"committing"', '"making"')]));
        },
      }),
  })),
  mistake("the stall of a round is not given back to writers", 1000, () => ({
    agents: (agents) =>
      agents.map((agent) =>
        instead(agent, {
          release: async (run, round) => {
            const hold = await agent.release(run, round);
            return hold && { ...hold, stallMs: 0 };
          },
        }),
      ),
  })),
  mistake("each server is started as soon as it is flipped", 500, () => ({
    agents: (agents) =>
      agents.map((agent) =>
        instead(agent, {
          flipRestore: async (run, signal) => {
            const flipped = await agent.flipRestore(run, signal);
            await agent.startRestored(run, { undone: false });
            return flipped;
          },
        }),
      ),
  })),
];

function mistake(name: string, withinSeeds: number, wiring: () => Partial<Wiring>): Mistake {
  return { name, withinSeeds, wiring: () => ({ ...rightWiring, ...wiring() }) };
}

/** A port with some methods of its own. */
function instead<Port extends object>(port: Port, own: Partial<Port>): Port {
  return new Proxy(port, {
    get: (target, name) => {
      const value: unknown = Reflect.get(name in own ? own : target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** Each server is cut as soon as it is held itself. */
function earlySnapshot(agent: AgentPort): AgentPort {
  let taken: ReturnType<AgentPort["snapshot"]> | undefined;
  return instead(agent, {
    lock: async (run, options, signal) => {
      const locked = await agent.lock(run, options, signal);
      taken = agent.snapshot(run, { round: options.round, withoutHold: false, withinMs: options.holdMs }, signal);
      taken.catch(() => {}); // whoever asks for it is told
      return locked;
    },
    snapshot: (run, options, signal) => taken ?? agent.snapshot(run, options, signal),
  });
}

function forgetfulRelease(agent: AgentPort): AgentPort {
  const answered = new Set<number>();
  return instead(agent, {
    lock: async (run, options, signal) => {
      const locked = await agent.lock(run, options, signal);
      answered.add(options.round);
      return locked;
    },
    release: async (run, round) => (answered.has(round) ? await agent.release(run, round) : null),
  });
}

/** Believes that the hold is what it was asked to be. */
function credulous(engine: Engine): Engine {
  return instead(engine, {
    stopWrites: async (...request): Promise<StoppedWrites> => {
      const stopped = await engine.stopWrites(...request);
      return { lost: forever, resume: async () => ({ ...(await stopped.resume()), unbroken: true }) };
    },
  });
}

/** What the fence refuses goes to the engine all the same. */
function lateLock(): Partial<Wiring> {
  const engines = new Map<AgentHost, Engine>();
  return {
    engine: (engine, host) => {
      engines.set(host, engine);
      return engine;
    },
    handlers: (handlers, _agent, host) => ({
      ...handlers,
      Lock: (call, reply) => {
        handlers.Lock(call, (error, response) => {
          const isStale = error !== null && String((error as { details?: string }).details).includes("is over");
          const { run, round, waitMs, holdMs } = call.request;
          const request = { lockId: `${run?.backupId}/${round}/late`, waitMs, holdMs };
          if (isStale)
            void engines
              .get(host)
              ?.stopWrites(request, forever)
              .catch(() => {});
          reply(error, response);
        });
      },
    }),
  };
}

function metaAfterRename(): Partial<Wiring> {
  return {
    disk: (disk) => {
      const late = new Map<string, string | Uint8Array>();
      return instead(disk, {
        write: async (path, content) => {
          if (path.includes("/.staging/") && path.endsWith("/META.json")) late.set(path, content);
          else await disk.write(path, content);
        },
        size: async (path) => late.get(path)?.length ?? (await disk.size(path)),
        remove: async (path) => {
          late.delete(path);
          await disk.remove(path);
        },
        rename: async (from, to) => {
          await disk.rename(from, to);
          const meta = late.get(`${from}/META.json`);
          late.delete(`${from}/META.json`);
          if (meta !== undefined && !dirname(to).endsWith(".trash")) await disk.write(`${to}/META.json`, meta);
        },
      });
    },
  };
}

interface RequestOfRun {
  run: { backupId: string; token: number };
  round: number;
}

type Handler = (call: { request: RequestOfRun }, reply: (...answer: unknown[]) => void) => void;

function before(
  handlers: AgentHandlers,
  name: "Release" | "DeletePiece",
  work: (request: RequestOfRun) => Promise<unknown>,
): AgentHandlers {
  const handler = handlers[name] as unknown as Handler;
  const wrapped: Handler = (call, reply) => {
    work(call.request).then(
      () => handler(call, reply),
      () => handler(call, reply),
    );
  };
  return { ...handlers, [name]: wrapped } as unknown as AgentHandlers;
}

function after(
  handlers: AgentHandlers,
  name: "Lock",
  work: (request: RequestOfRun) => Promise<unknown>,
): AgentHandlers {
  const handler = handlers[name] as unknown as Handler;
  const wrapped: Handler = (call, reply) => {
    handler(call, (...answer) => {
      reply(...answer);
      work(call.request).catch((error: unknown) => {
        if (!(error instanceof StillpointError)) throw error;
      });
    });
  };
  return { ...handlers, [name]: wrapped } as unknown as AgentHandlers;
}
