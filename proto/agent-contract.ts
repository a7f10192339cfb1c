// What the agent is asked: agent.proto, ready to be served and called.
import type { ProtoGrpcType } from "./gen/agent.ts";
import { load } from "./load.ts";

export const { Agent } = load<ProtoGrpcType>("agent.proto").stillpoint.v1;
