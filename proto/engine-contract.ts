// What the engine is asked: engine.proto, ready to be served and called.
import type { ProtoGrpcType } from "./gen/engine.ts";
import { load } from "./load.ts";

export const { Engine } = load<ProtoGrpcType>("engine.proto").stillpoint.v1;
