// A real etcd for the demo, on free ports of the loopback.
import { constants } from "node:fs";
import { access, mkdir } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { messageOf, StillpointError } from "../../proto/errors.ts";
import { freePorts } from "./free-port.ts";

const readyWithinMs = 20_000;
const askEveryMs = 50;

/** @throws StillpointError not-found */
export async function mustHaveEtcd(): Promise<void> {
  const directories = (process.env.PATH ?? "").split(delimiter);
  const tries = directories.map((directory) => access(join(directory, "etcd"), constants.X_OK));
  await Promise.any(tries).catch((cause: unknown) => {
    throw new StillpointError("not-found", 'there is no program "etcd" on the PATH', {
      hint: "install it (Debian and Ubuntu: apt-get install etcd-server), or leave out --agency etcd",
      cause,
    });
  });
}

/** Its endpoint, as soon as it answers. */
export async function startEtcd(
  directory: string,
  start: (name: string, command: string[]) => void,
  signal: AbortSignal,
): Promise<string> {
  const [clientPort, peerPort] = await freePorts(2);
  const [clientUrl, peerUrl] = [`http://127.0.0.1:${clientPort}`, `http://127.0.0.1:${peerPort}`];
  await mkdir(directory, { mode: 0o700 });
  start("etcd", [
    ...["etcd", "--name", "demo", "--data-dir", directory, "--initial-cluster", `demo=${peerUrl}`],
    ...["--listen-client-urls", clientUrl, "--advertise-client-urls", clientUrl],
    ...["--listen-peer-urls", peerUrl, "--initial-advertise-peer-urls", peerUrl],
    ...["--heartbeat-interval", "20", "--election-timeout", "200"], // alone on one machine it need not wait for anybody
  ]);
  await answers(clientUrl, signal);
  return `127.0.0.1:${clientPort}`;
}

async function answers(url: string, signal: AbortSignal): Promise<void> {
  const giveUpAt = performance.now() + readyWithinMs;
  for (;;) {
    const problem = await fetch(`${url}/health`, { signal }).then(
      (response) => (response.ok ? "" : response.statusText),
      messageOf,
    );
    signal.throwIfAborted();
    if (problem === "") return;
    if (performance.now() > giveUpAt) throw new StillpointError("unreachable", `etcd does not answer: ${problem}`);
    await pause(askEveryMs, undefined, { signal });
  }
}
