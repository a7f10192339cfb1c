// Faults of the network between a coordinator and the agents.
import { agentLinkFaults } from "./faults.ts";
import { rowsOf } from "./matrix.ts";

rowsOf(agentLinkFaults);
