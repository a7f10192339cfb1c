// How options are written on the command line.
import { InvalidArgumentError } from "commander";

export function wholeNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be a number from 0 to 999999999.");
}

/** Address by server, from a=127.0.0.1:7001,b=127.0.0.1:7002. */
export function serverAddresses(text: string): Map<string, string> {
  return new Map(text.split(",").filter(Boolean).map(serverAddress));
}

function serverAddress(pair: string): [string, string] {
  const { id, address } = /^(?<id>[^=]+)=(?<address>.+:\d+)$/.exec(pair)?.groups ?? {};
  if (id !== undefined && address !== undefined) return [id, address];
  throw new InvalidArgumentError(`"${pair}" is not NAME=HOST:PORT.`);
}

export function socketAddress(text: string): string {
  if (/^unix:\/./.test(text)) return text;
  throw new InvalidArgumentError("It must be unix: and the full path of a socket.");
}
