// A TCP proxy that can go wrong: it holds back or drops what goes through it, cuts connections, and lets a test act before a
// request goes on. What is held back keeps its order.
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

export class TcpProxy implements AsyncDisposable {
  /** Sees what a client sends before it is passed on, as soon as it comes. */
  onRequest: (chunk: Buffer) => void | Promise<void> = () => {};
  /** Sees what the server answers before it is passed on, as soon as it comes. */
  onAnswer: (chunk: Buffer) => void | Promise<void> = () => {};
  /** Throws away what the server answers. */
  muted = false;
  readonly #target: string | undefined;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  /** The target is "host:port" or "unix:/path". Without one: a black hole, which takes connections and never answers. */
  static async start(target?: string): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  private constructor(target: string | undefined) {
    this.#target = target;
    this.#server = createServer((client) => this.#accept(client));
  }

  /** "host:port". */
  get endpoint(): string {
    return `127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  /** Ends all connections; new ones are taken. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, "close");
    this.#server.close();
    this.cut();
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #accept(client: Socket): void {
    this.#keep(client);
    if (this.#target === undefined) {
      client.resume();
      return;
    }
    const server = connectTo(this.#target);
    this.#keep(server);
    client.on("close", () => server.destroy());
    server.on("close", () => client.destroy());
    this.#join(client, server);
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => {}); // either side may go away at any time
    socket.on("close", () => this.#sockets.delete(socket));
  }

  #join(client: Socket, server: Socket): void {
    passOn(client, server, (chunk) => this.onRequest(chunk));
    passOn(
      server,
      client,
      (chunk) => this.onAnswer(chunk),
      () => this.muted,
    );
  }
}

function connectTo(target: string): Socket {
  if (target.startsWith("unix:")) return connect(target.slice("unix:".length));
  const [host, port] = target.split(":");
  return connect(Number(port), host);
}

function passOn(
  from: Socket,
  to: Socket,
  see: (chunk: Buffer) => void | Promise<void>,
  isMuted: () => boolean = () => false,
): void {
  let passedOn = Promise.resolve();
  from.on("data", (chunk: Buffer) => {
    const seen = see(chunk);
    passedOn = passedOn.then(() => seen).then(() => void (isMuted() || to.write(chunk)));
  });
}
