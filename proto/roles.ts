// Which role each method needs. A new method without one does not compile; whatever is not in here, nobody may call.
import type { AgentHandlers } from "./gen/stillpoint/v1/Agent.ts";
import type { CoordinatorHandlers } from "./gen/stillpoint/v1/Coordinator.ts";

/**
 * viewer: sees what there is. operator: makes, removes and restores backups, through a coordinator. coordinator: is one;
 * what changes anything on an agent obeys nobody else.
 */
export const roles = ["viewer", "operator", "coordinator"] as const;
export type Role = (typeof roles)[number];

/** Who has the first may also do what needs one of these. A coordinator does not order backups by itself. */
const includes: Record<Role, readonly Role[]> = {
  viewer: ["viewer"],
  operator: ["operator", "viewer"],
  coordinator: ["coordinator", "viewer"],
};

type MethodsOf<Handlers> = keyof { [Name in keyof Handlers as string extends Name ? never : Name]: unknown };
type RolesOf<Handlers> = Record<MethodsOf<Handlers>, Role>;

const agent: RolesOf<AgentHandlers> = {
  Describe: "viewer",
  ListPieces: "viewer",
  VerifyPiece: "viewer",
  Prepare: "coordinator",
  Lock: "coordinator",
  Snapshot: "coordinator",
  StoreDump: "coordinator",
  Release: "coordinator",
  Seal: "coordinator",
  Commit: "coordinator",
  Abort: "coordinator",
  ReadDump: "coordinator", // what the cluster keeps in its Plan may be secret
  DeletePiece: "coordinator",
  StageRestore: "coordinator",
  FlipRestore: "coordinator",
  StartRestored: "coordinator",
  UndoRestore: "coordinator",
  FinishRestore: "coordinator",
};

const coordinator: RolesOf<CoordinatorHandlers> = {
  ListBackups: "viewer",
  GetBackup: "viewer",
  VerifyBackup: "viewer",
  GetStatus: "viewer",
  CreateBackup: "operator",
  RestoreBackup: "operator",
  DeleteBackup: "operator",
  CancelBackup: "operator",
  GetPlan: "operator", // as ReadDump
  ApplyPlan: "operator",
};

const services: Record<string, Readonly<Record<string, Role>>> = {
  "stillpoint.v1.Agent": agent,
  "stillpoint.v1.Coordinator": coordinator,
  "grpc.health.v1.Health": { Check: "viewer", Watch: "viewer", List: "viewer" },
  "grpc.reflection.v1.ServerReflection": { ServerReflectionInfo: "viewer" },
  "grpc.reflection.v1alpha.ServerReflection": { ServerReflectionInfo: "viewer" },
};

/** By path, such as "/stillpoint.v1.Agent/Lock". */
export const roleOfMethod: ReadonlyMap<string, Role> = new Map(
  Object.entries(services).flatMap(([service, methods]) =>
    Object.entries(methods).map(([method, role]) => [`/${service}/${method}`, role] as const),
  ),
);

export function mayCall(has: readonly Role[], needed: Role | undefined): boolean {
  return needed !== undefined && has.some((role) => includes[role].includes(needed));
}
