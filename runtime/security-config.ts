// What agents and coordinators alike are told about who may reach them, and the rule that text goes over a network only if
// it is encrypted, or somebody has said in so many words that it need not be.
import { z } from "zod";
import { isInTheOpen } from "./channel.ts";
import { absolutePath, nonEmptyText } from "./config-schemas.ts";

export const tls = () => z.strictObject({ ca: absolutePath(), cert: absolutePath(), key: absolutePath() });

const namesAllowed = 'must be a list of names in certificates, such as ["backup.example.com"]';
const names = () => z.array(nonEmptyText(namesAllowed), { error: namesAllowed }).default([]);

const files = () => z.array(absolutePath(), { error: "must be a list of files" }).default([]);

/** Keys for a strictObject; `checkSecurity` belongs to them. */
export const securityKeys = {
  tls: tls().exactOptional(),
  /** Plain text, although other machines can reach it. */
  insecure: z.boolean().exactOptional(),
  /** Names in the certificates of those who have the role. */
  roles: z.strictObject({ coordinator: names(), operator: names(), viewer: names() }).exactOptional(),
  /** Files, each with a token whose bearer has the role. */
  tokens: z.strictObject({ coordinator: files(), operator: files(), viewer: files() }).exactOptional(),
};

export type SecurityConfig = z.output<z.ZodObject<typeof securityKeys>>;

interface Checked extends SecurityConfig {
  listen: string;
}

export function checkSecurity({ listen, tls, insecure = false, roles }: Checked, context: z.RefinementCtx): void {
  const add = (key: string, message: string) => context.addIssue({ code: "custom", path: [key], message });
  if (tls === undefined && roles !== undefined)
    add("roles", "goes with tls only: without certificates nobody has a name");
  if (tls !== undefined && insecure) add("insecure", "does not go with tls");
  if (isInTheOpen(listen, { tls, insecure })) {
    add("listen", "other machines can reach it: give tls: {ca, cert, key}, or insecure: true to go without");
  }
}
