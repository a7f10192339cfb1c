// Where the agency's keys are. The cluster writes below Plan/; the rest is Stillpoint's own.
import { StillpointError } from "../../proto/errors.ts";

export const defaultRoot = "/stillpoint";

export interface AgencyKeys {
  /** Prefix of the cluster's Plan. */
  plan: string;
  /** The claim: one key, under a lease. */
  claim: string;
  /** Prefix of the jobs of runs that are not settled. */
  jobs: string;
  /** Prefix of what a restore changes in the Plan: the values before it. */
  planBefore: string;
  /** And those after it. */
  planAfter: string;
  /** Prefix of the records of committed backups. */
  records: string;
}

export function agencyKeys(root: string): AgencyKeys {
  if (!/^(\/[A-Za-z0-9._-]+)+$/.test(root)) {
    throw new StillpointError("invalid", `the agency's root must look like "${defaultRoot}", not "${root}"`);
  }
  return {
    plan: `${root}/Plan/`,
    claim: `${root}/Target/HotBackup/Create`,
    jobs: `${root}/Target/HotBackup/Jobs/`,
    planBefore: `${root}/Target/HotBackup/PlanChange/before/`,
    planAfter: `${root}/Target/HotBackup/PlanChange/after/`,
    records: `${root}/Current/HotBackup/`,
  };
}
