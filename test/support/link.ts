// The network between two processes, as the client sees it. Cut, it loses nothing: what was sent meanwhile comes late, as
// TCP has it, so that what went wrong can still go wrong when the network is whole again.
import { setTimeout as pause } from "node:timers/promises";
import { TcpProxy } from "./tcp-proxy.ts";

export type Cut = "both ways" | "requests" | "answers";

export class Link implements AsyncDisposable {
  readonly #proxy: TcpProxy;
  #whole: PromiseWithResolvers<void> | undefined;

  /** @param target "host:port" or "unix:/path" */
  static async start(target: string): Promise<Link> {
    return new Link(await TcpProxy.start(target));
  }

  private constructor(proxy: TcpProxy) {
    this.#proxy = proxy;
  }

  /** Where the client calls: "host:port". */
  get address(): string {
    return this.#proxy.endpoint;
  }

  cut(which: Cut): void {
    this.heal();
    const whole = Promise.withResolvers<void>();
    this.#whole = whole;
    if (which !== "answers") this.#proxy.onRequest = () => whole.promise;
    if (which !== "requests") this.#proxy.onAnswer = () => whole.promise;
  }

  /** Each way. */
  delay(ms: number): void {
    this.heal();
    this.#proxy.onRequest = () => pause(ms);
    this.#proxy.onAnswer = () => pause(ms);
  }

  heal(): void {
    this.#proxy.onRequest = () => {};
    this.#proxy.onAnswer = () => {};
    this.#whole?.resolve();
    this.#whole = undefined;
  }

  async close(): Promise<void> {
    this.heal();
    await this.#proxy.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
