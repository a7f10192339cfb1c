// Faults of an agent.
import { agentFaults } from "./faults.ts";
import { rowsOf } from "./matrix.ts";

rowsOf(agentFaults);
