// A real etcd for the demo, on free ports of the loopback.
import { mkdir } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { messageOf, StillpointError } from "../../proto/errors.ts";
import { freePorts } from "./free-port.ts";

const readyWithinMs = 20_000;
const askEveryMs = 50;

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
