// Faults of the agency's own machines.
import { etcdFaults } from "./faults.ts";
import { rowsOf } from "./matrix.ts";

rowsOf(etcdFaults);
