// What the coordinator is asked: coordinator.proto, ready to be served and called.
import type { ProtoGrpcType } from "./gen/coordinator.ts";
import { load } from "./load.ts";

export const { Coordinator } = load<ProtoGrpcType>("coordinator.proto").stillpoint.v1;
