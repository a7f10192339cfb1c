// The contract of the agent, in this process.
import { openLocalAgent } from "../support/agents-under-test.ts";
import { agentContract } from "./agent.ts";
import { agentInputContract } from "./agent-input.ts";

agentContract("an agent in this process", openLocalAgent);
agentInputContract("an agent in this process", openLocalAgent);
