// Faults of a database server.
import { serverFaults } from "./faults.ts";
import { rowsOf } from "./matrix.ts";

rowsOf(serverFaults);
