// Opens the agency that the configuration names.
import { systemClock } from "../../runtime/clock.ts";
import type { Secret } from "../../runtime/secret.ts";
import type { Agency } from "./agency.ts";
import type { EtcdConnection } from "./etcd-endpoints.ts";
import { agencyKeys, defaultRoot } from "./keys.ts";
import type { Store } from "./store.ts";
import { StoreAgency } from "./store-agency.ts";

export type AgencyConfig = EmbeddedConfig | EtcdConfig;

interface CommonConfig {
  /** What all keys begin with; "/stillpoint" by default. */
  root?: string;
  /**
   * How long the claim of a dead coordinator lasts, in milliseconds; 10,000 by default. etcd counts in whole seconds.
   */
  claimTtlMs?: number;
}

export interface EmbeddedConfig extends CommonConfig {
  kind: "embedded";
  /** Made if it is not there; its directory must be. On a local disk. */
  file: string;
}

export interface EtcdConfig extends CommonConfig, Omit<EtcdConnection, "username" | "password"> {
  kind: "etcd";
  username?: Secret;
  password?: Secret;
}

/** Of etcd nothing is asked yet: it may come up later than this process. */
export async function openAgency(config: AgencyConfig): Promise<Agency> {
  const { root = defaultRoot, claimTtlMs = 10_000 } = config;
  const keys = agencyKeys(root);
  return new StoreAgency(await openStore(config), { keys, claimTtlMs, clock: systemClock });
}

/** Loads only what is used: the client of etcd costs a tenth of a second and 35 MiB. */
async function openStore(config: AgencyConfig): Promise<Store> {
  if (config.kind === "etcd") {
    const { EtcdStore } = await import("./etcd-store.ts");
    const { username, password, ...rest } = config;
    const login = username && password && { username: username.reveal(), password: password.reveal() };
    return new EtcdStore({ ...rest, ...login });
  }
  const { EmbeddedStore } = await import("./embedded-store.ts");
  return await EmbeddedStore.open(config.file);
}
