// A TCP proxy that can go wrong: it holds back answers, cuts connections, and lets a test act before a request goes on.
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

export class TcpProxy implements AsyncDisposable {
  /** Sees what a client sends before it is passed on. */
  onRequest: (chunk: Buffer) => void | Promise<void> = () => {};
  /** Throws away what the server answers. */
  muted = false;
  readonly #target: string | undefined;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  /** Without a target: a black hole, which takes connections and never answers. */
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
    const [host, port] = this.#target.split(":");
    const server = connect(Number(port), host);
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
    let passedOn = Promise.resolve();
    client.on("data", (chunk: Buffer) => {
      passedOn = passedOn.then(() => this.onRequest(chunk)).then(() => void server.write(chunk));
    });
    server.on("data", (chunk: Buffer) => {
      if (!this.muted) client.write(chunk);
    });
  }
}
