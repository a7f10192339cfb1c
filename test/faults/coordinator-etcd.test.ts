// Faults of the network between a coordinator and the agency.
import { etcdLinkFaults } from "./faults.ts";
import { rowsOf } from "./matrix.ts";

rowsOf(etcdLinkFaults);
