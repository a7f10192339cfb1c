// Faults of the way from an agent to its database server.
import { engineLinkFaults } from "./faults.ts";
import { rowsOf } from "./matrix.ts";

rowsOf(engineLinkFaults);
