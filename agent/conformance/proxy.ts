// Stands between an engine and its server, so that their connection can be cut. It listens as the server does: on a Unix socket
// or on a port of this machine.
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseAddress } from "../../runtime/address.ts";

export interface Proxy {
  /** "unix:/path" or "host:port". */
  address: string;
  /** Ends all connections, and takes no more. Repeatable. */
  cut(): Promise<void>;
}

/** @param target "unix:/path" or "host:port" */
export async function startProxy(target: string): Promise<Proxy> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {}); // either side may go away at any time
    socket.on("close", () => sockets.delete(socket));
  };
  const server = createServer((client) => {
    const through = connectTo(target);
    for (const socket of [client, through]) keep(socket);
    client.pipe(through).pipe(client);
    client.on("close", () => through.destroy());
    through.on("close", () => client.destroy());
  });
  const directory = target.startsWith("unix:") ? await mkdtemp(join(tmpdir(), "stillpoint-proxy-")) : undefined;
  if (directory === undefined) server.listen(0, "127.0.0.1");
  else server.listen(join(directory, "socket"));
  await once(server, "listening");
  return {
    address:
      directory === undefined ? `127.0.0.1:${(server.address() as AddressInfo).port}` : `unix:${directory}/socket`,
    cut: async () => {
      const closed = server.listening ? once(server, "close") : undefined;
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
      if (directory !== undefined) await rm(directory, { recursive: true, force: true });
    },
  };
}

function connectTo(target: string): Socket {
  if (target.startsWith("unix:")) return connect(target.slice("unix:".length));
  const { host, port } = parseAddress(target);
  return connect(port, host);
}
