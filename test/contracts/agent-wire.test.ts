// The contract of the agent, over real gRPC, as the coordinator calls it.
import { openAgentOnTheWire } from "../support/agents-under-test.ts";
import { agentContract } from "./agent.ts";
import { agentInputContract } from "./agent-input.ts";

agentContract("an agent on the wire", openAgentOnTheWire);
agentInputContract("an agent on the wire", openAgentOnTheWire);
