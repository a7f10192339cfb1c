// A coordinator that dies at its n-th call: nothing that it says afterwards arrives, and it hears nothing any more.
import type { Ports } from "../../coordinator/ports.ts";

export interface Death {
  /** Counted from 1, over all calls to the agency, to its claim and to agents. */
  call: number;
  /** Whether that last call has its effect. */
  when: "before" | "after";
}

export interface DyingCoordinator {
  ports: Ports;
  isDead: () => boolean;
}

export function dyingCoordinator(ports: Ports, { call, when }: Death): DyingCoordinator {
  let calls = 0;
  const never = () => new Promise<never>(() => {});
  const mortal = <Target extends object>(target: Target): Target =>
    new Proxy(target, {
      get: (_, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== "function" || name === "listPieces") return value;
        return async (...input: unknown[]) => {
          calls += 1;
          if (calls > call || (calls === call && when === "before")) return await never();
          const result: unknown = await value.apply(target, input);
          if (calls >= call) return await never();
          return name === "claim" ? mortal(result as object) : result;
        };
      },
    });
  const connect: Ports["connect"] = (servers) => ports.connect(servers).map(mortal);
  return {
    ports: { ...ports, agency: mortal(ports.agency), connect, report: () => {} },
    isDead: () => calls >= call,
  };
}
