// Before all tests: what they need of the machine is there, or gets installed, or a sentence says what to install.
import { needEtcd, needMariadb, needOpenssl, needRedis, needStrace } from "./need.ts";

export default function setUp(): void {
  needEtcd();
  needOpenssl();
  needRedis();
  needMariadb();
  needStrace();
}
