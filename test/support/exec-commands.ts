// The commands for a server that exec-database.ts is, as somebody would write them for a real one: a stop that is killed
// at any moment leaves either no lock or one that names its owner, and a resume removes no lock but its own.
import type { ExecOptions } from "../../agent/engines/exec.ts";

const stop = `
  kill -0 "$(cat pid)" || exit 1
  ln -s "$STILLPOINT_LOCK_ID" lock || exit 1
  tries=$((STILLPOINT_WAIT_MS / 10))
  until [ -e stopped ]; do
    if [ "$tries" -le 0 ]; then cat open; rm lock; exit 75; fi
    tries=$((tries - 1))
    sleep 0.01
  done`;

const resume = `
  [ "$(readlink lock)" = "$STILLPOINT_LOCK_ID" ] || exit 75
  rm lock
  while [ -e stopped ]; do
    kill -0 "$(cat pid)" || exit 75
    sleep 0.01
  done`;

const inspect = `
  kill -0 "$(cat pid)" || exit 1
  if [ -e closed ]; then cat closed >&2; exit 1; fi
  echo "{\\"version\\": \\"1.0\\", \\"openWrites\\": [$(paste -sd, open)]}"`;

const stopServer = `
  touch close
  until [ -e closed ]; do sleep 0.01; done`;

const startServer = "rm -f close";

/** @param dir the database's directory */
export function execCommands(dir: string): ExecOptions {
  const shell = (script: string) => ["sh", "-c", `cd "$0" || exit 1; ${script}`, dir];
  return {
    stop: shell(stop),
    resume: shell(resume),
    inspect: shell(inspect),
    stopServer: shell(stopServer),
    startServer: shell(startServer),
    commandTimeoutMs: 5_000,
    serverTimeoutMs: 2_000,
    retryPausesMs: [10, 20, 30, 40],
  };
}
