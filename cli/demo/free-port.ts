// Ports of the loopback that nobody listens on.
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";

/** As many different ones as asked for. */
export async function freePorts(count: number): Promise<number[]> {
  const probes = await Promise.all(Array.from({ length: count }, () => listen(0)));
  const ports = probes.map((probe) => (probe.address() as AddressInfo).port);
  await Promise.all(probes.map((probe) => once(probe.close(), "close")));
  return ports;
}

export async function isFree(port: number): Promise<boolean> {
  try {
    await once((await listen(port)).close(), "close");
    return true;
  } catch {
    return false;
  }
}

async function listen(port: number) {
  const server = createServer().listen(port, "127.0.0.1");
  await once(server, "listening");
  return server;
}
