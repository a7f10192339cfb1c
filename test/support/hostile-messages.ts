// Requests that nobody would send who means well: every field of every message of the contract, read from the .proto files, so
// that a field that is added is tried too.
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import protobuf from "protobufjs";

/** Values that get a request past its first check, by the name of the field. */
export type GoodValues = Record<string, readonly unknown[]>;

const folder = fileURLToPath(new URL("../../proto/", import.meta.url));
const root = new protobuf.Root();
root.resolvePath = (_origin, target) => (target.startsWith("google/") ? target : `${folder}${target}`);
root.loadSync(["stillpoint/v1/agent.proto", "stillpoint/v1/coordinator.proto"]).resolveAll();

const strings = [
  "",
  ".",
  "..",
  "../../elsewhere",
  "/etc/passwd",
  "..%2f..%2felsewhere",
  "a/../../elsewhere",
  "a\0b",
  "a\nb\r\n\x1b[31m",
  "2026‐11‐22T15.04.05.123Z_nightly",
  "\u202egnp.exe",
  "ｎｉｇｈｔｌｙ",
  "\ud800",
  "__proto__",
  "constructor",
  ".staging",
  "-rf",
  "$(touch /tmp/x)",
  "x".repeat(1_000_000),
];
const integers = [0, 1, -1, 2, 1000, 2 ** 31 - 1, -(2 ** 31)];
const longs = [...integers, 2 ** 53, -(2 ** 53), "9223372036854775807", "-9223372036854775808"];

const anyString = fc.oneof(fc.constantFrom(...strings), fc.string({ unit: "binary", maxLength: 300 }));
const anyBytes = fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.constant(new Uint8Array(1_000_000)));
const scalars: Record<string, fc.Arbitrary<unknown>> = {
  string: anyString,
  bytes: anyBytes.map((bytes) => Buffer.from(bytes)),
  bool: fc.boolean(),
  int32: fc.oneof(fc.constantFrom(...integers), fc.integer()),
  int64: fc.oneof(fc.constantFrom<unknown>(...longs), fc.integer()),
  double: fc.oneof(fc.double(), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -1, 0, 1)),
};

/** Any request of that type, such as "stillpoint.v1.LockRequest": each field good, hostile or missing. */
export function anyMessage(name: string, good: GoodValues): fc.Arbitrary<Record<string, unknown>> {
  return messageOf(root.lookupType(name), good) as fc.Arbitrary<Record<string, unknown>>;
}

function messageOf({ fieldsArray }: protobuf.Type, good: GoodValues): fc.Arbitrary<object> {
  const fields = fieldsArray.map((field) => [field.name, anyValueOf(field, good)] as const);
  return fc.record(Object.fromEntries(fields), { requiredKeys: [] });
}

function anyValueOf(field: protobuf.Field, good: GoodValues): fc.Arbitrary<unknown> {
  const one = field.resolvedType instanceof protobuf.Type ? messageOf(field.resolvedType, good) : scalars[field.type];
  if (one === undefined) throw new Error(`nobody knows how to make a ${field.type} for ${field.fullName}`);
  const known = good[field.name];
  if (field.map) return fc.dictionary(anyString, one, { maxKeys: 3 });
  const any = field.repeated ? fc.array(one, { maxLength: 4 }) : one;
  return known === undefined
    ? any
    : fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...known) }, { weight: 1, arbitrary: any });
}
