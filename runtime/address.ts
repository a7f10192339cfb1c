// Network addresses as people write them: "127.0.0.1:7421", "db1.example:7421", "[::1]:7421".

export interface Address {
  /** A name or an IP address; IPv6 without brackets. */
  host: string;
  port: number;
}

const hostAndPort = /^(?:\[(?<ipv6>[0-9A-Fa-f:.]+)\]|(?<name>[A-Za-z0-9._-]+)):(?<port>\d{1,5})$/;

/** @throws RangeError whose message goes on after "... is invalid: " */
export function parseAddress(text: string): Address {
  const { ipv6, name, port } = hostAndPort.exec(text)?.groups ?? {};
  const host = ipv6 ?? name;
  if (host === undefined || Number(port) > 65_535) {
    throw new RangeError("must be HOST:PORT, such as 127.0.0.1:7421");
  }
  return { host, port: Number(port) };
}

/** Whether nobody on another machine can listen to it or reach it. */
export function isLoopback({ host }: Address): boolean {
  return host === "localhost" || host === "::1" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}
