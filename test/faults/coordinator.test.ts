// Faults of the coordinator itself.
import { coordinatorFaults } from "./faults.ts";
import { rowsOf } from "./matrix.ts";

rowsOf(coordinatorFaults);
