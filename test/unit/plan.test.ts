// What the Plan means to a backup.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Plan } from "../../coordinator/agency/agency.ts";
import { changeBetween, dumpOf, parseDump, renameServers, serversOf } from "../../coordinator/plan.ts";

function planOf(values: Record<string, string | Buffer>): Plan {
  const entries = Object.entries(values).map(([key, value]) => ({ key, value: Buffer.from(value), modRevision: 7 }));
  return { revision: 7, entries };
}

describe("the servers of the Plan", () => {
  it("are its DBServers entries, by id, whatever else those say", () => {
    const plan = planOf({
      "Collections/users": "{}",
      "DBServers/db2": '{"agent":"[::1]:7421","rack":"r1"}',
      "DBServers/db10": '{"agent":"db10.example:7421"}',
      DBServersX: "{}",
    });
    expect(serversOf(plan)).toEqual([
      { id: "db10", agent: "db10.example:7421" },
      { id: "db2", agent: "[::1]:7421" },
    ]);
  });

  it("must be there, or a hint says how to write them", () => {
    expect(() => serversOf(planOf({ "Collections/users": "{}" }))).toThrow(
      expect.objectContaining({
        reason: "topology",
        message: "the Plan names no servers",
        hint: expect.stringContaining("stillpoint plan apply FILE"),
      }),
    );
  });

  it.each([
    ["no JSON", "db1", "agent=a:1"],
    ["not text", "db1", Buffer.from([0xff])],
    ["no object", "db1", '"a:1"'],
    ["no agent", "db1", '{"address":"a:1"}'],
    ["no port", "db1", '{"agent":"a"}'],
    ["a port that is none", "db1", '{"agent":"a:70000"}'],
    ["port 0", "db1", '{"agent":"a:0"}'],
    ["no id", "", '{"agent":"a:1"}'],
    ["an id with a slash", "db1/x", '{"agent":"a:1"}'],
    ["an id with a space", "db 1", '{"agent":"a:1"}'],
    ["an id that is too long", "d".repeat(101), '{"agent":"a:1"}'],
  ])("are refused with %s, by key and value", (_, id, value) => {
    const expected = { reason: "invalid", message: expect.stringContaining(`"DBServers/${id}" is "${value}"`) };
    expect(() => serversOf(planOf({ [`DBServers/${id}`]: value }))).toThrow(expect.objectContaining(expected));
  });

  it("do not share an agent", () => {
    const plan = planOf({ "DBServers/a": '{"agent":"x:1"}', "DBServers/b": '{"agent":"x:1"}' });
    const message = 'the servers "a" and "b" of the Plan have the same agent "x:1"';
    expect(() => serversOf(plan)).toThrow(expect.objectContaining({ reason: "topology", message }));
  });
});

describe("the dump", () => {
  it("is JSON that a person can read", () => {
    const plan = planOf({ a: '{"x":"ü"}', b: Buffer.from([0xff, 0]) });
    expect(dumpOf(plan).toString()).toBe(`{
  "formatVersion": 1,
  "planRevision": 7,
  "entries": [
    {
      "key": "a",
      "value": "{\\"x\\":\\"ü\\"}"
    },
    {
      "key": "b",
      "valueBase64": "/wA="
    }
  ]
}
`);
  });

  it("gives back every key and every byte", () => {
    const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array));
    const text = fc.string({ unit: "binary" }).map((each) => Buffer.from(each));
    const entry = fc.record({ key: fc.string({ unit: "binary", minLength: 1 }), value: fc.oneof(bytes, text) });
    const entries = fc.uniqueArray(entry, { selector: ({ key }) => key });
    fc.assert(
      fc.property(entries, fc.nat(), (entries, revision) => {
        const plan = { revision, entries: entries.map((each) => ({ ...each, modRevision: 1 })) };
        expect(parseDump(dumpOf(plan))).toEqual({ planRevision: revision, entries });
      }),
    );
  });

  it.each([
    ["nothing", ""],
    ["half of it", dumpOf(planOf({ a: "1" })).subarray(0, 60)],
    [
      "text that is no UTF-8 any more",
      Buffer.concat([Buffer.from('{"formatVersion":1,"planRevision":1,"x":"'), Buffer.from([0xff, 0x22, 0x7d])]),
    ],
    ["another value", "[]"],
    ["no version", '{"planRevision":1,"entries":[]}'],
    ["no revision", '{"formatVersion":1,"entries":[]}'],
    ["a field more", '{"formatVersion":1,"planRevision":1,"entries":[],"more":1}'],
    ["an entry without a value", '{"formatVersion":1,"planRevision":1,"entries":[{"key":"a"}]}'],
    ["an entry with two", '{"formatVersion":1,"planRevision":1,"entries":[{"key":"a","value":"","valueBase64":""}]}'],
    ["base64 that is none", '{"formatVersion":1,"planRevision":1,"entries":[{"key":"a","valueBase64":"/wA"}]}'],
    ["a key twice", dumpOf({ revision: 1, entries: [...planOf({ a: "1" }).entries, ...planOf({ a: "2" }).entries] })],
  ])("is corrupt with %s", (_, bytes) => {
    expect(() => parseDump(Buffer.from(bytes))).toThrow(expect.objectContaining({ reason: "corrupt" }));
  });

  it("of a newer version is refused as that, whatever else is new in it", () => {
    const newer = Buffer.from('{"formatVersion":2,"revision":1,"pages":[]}');
    expect(() => parseDump(newer)).toThrow(expect.objectContaining({ reason: "version" }));
  });
});

describe("the change between two Plans", () => {
  it("has only what differs", () => {
    const current = planOf({ same: "1", changed: "1", gone: "1" });
    const wanted = planOf({ changed: "2", same: "1", fresh: "" }).entries;
    expect(changeBetween(current, wanted)).toEqual({
      put: [
        { key: "changed", value: Buffer.from("2") },
        { key: "fresh", value: Buffer.alloc(0) },
      ],
      remove: ["gone"],
    });
  });

  it("is empty for equal Plans", () => {
    const plan = planOf({ a: "1", b: Buffer.from([0xff]) });
    expect(changeBetween(plan, plan.entries)).toEqual({ put: [], remove: [] });
  });
});

describe("a Plan that is restored", () => {
  const restored = (backup: Record<string, string | Buffer>, newIds: Record<string, string> = {}, today = {}) =>
    Object.fromEntries(
      renameServers(planOf(backup).entries, new Map(Object.entries(newIds)), planOf(today)).map(({ key, value }) => [
        key,
        value.toString("latin1"),
      ]),
    );

  it("has the servers and agents of today's cluster, with or without new ids", () => {
    const backup = { "DBServers/db1": '{"agent":"old:1"}', "DBServers/db2": '{"agent":"old:2"}', x: "1" };
    const today = { "DBServers/db3": '{"agent":"new:3"}', "DBServers/db2": '{"agent":"new:2"}', y: "1" };
    const expected = { "DBServers/db3": '{"agent":"new:3"}', "DBServers/db2": '{"agent":"new:2"}', x: "1" };
    expect(restored(backup, { db1: "db3" }, today)).toEqual(expected);
    expect(restored(backup, {}, today)).toEqual(expected);
  });

  it("has the new id in keys and JSON, at any depth, as a value and as a name", () => {
    const backup = {
      "Shards/s1/db1/state": '"db1"',
      "Collections/users": '{"shards": {"s1": ["db1", "db2"]}, "db1": {"leader": "db1"}}',
      leader: "db1",
    };
    expect(restored(backup, { db1: "db3" })).toEqual({
      "Shards/s1/db3/state": '"db3"',
      "Collections/users": '{"shards": {"s1": ["db3", "db2"]}, "db3": {"leader": "db3"}}',
      leader: "db3",
    });
  });

  it("may exchange two ids", () => {
    const backup = { "Shards/db1": '["db1","db2"]', "Shards/db2": '["db2"]' };
    expect(restored(backup, { db1: "db2", db2: "db1" })).toEqual({
      "Shards/db2": '["db2","db1"]',
      "Shards/db1": '["db1"]',
    });
  });

  it("keeps every other byte: longer words, escapes, large numbers, spaces, what is no text", () => {
    const value = '{ "a":"db10 db1", "b":"\\"db1\\"", "c\\\\":12345678901234567890.0, "d":"\\u0064b" }\n';
    const backup = { "x/db10": value, y: Buffer.from([0x22, 0x64, 0x62, 0x31, 0x22, 0xff]), z: "1" };
    expect(restored(backup, { db1: "db3", "1": "2" })).toEqual({ "x/db10": value, y: '"db1"\u00ff', z: "1" });
  });

  it("finds an id that JSON spells with an escape", () => {
    expect(restored({ a: '["\\u0064b1"]' }, { db1: "db3" })).toEqual({ a: '["db3"]' });
  });

  it("is refused when two of its keys would become one", () => {
    const backup = { "Shards/db1": "1", "Shards/db3": "1" };
    const message = 'two entries of the backup\'s Plan would both become "Shards/db3"';
    expect(() => restored(backup, { db1: "db3" })).toThrow(expect.objectContaining({ reason: "topology", message }));
  });

  it("may have large values", () => {
    const text = JSON.stringify(["x".repeat(4_000_000), "db1"]);
    expect(restored({ a: text }, { db1: "db3" })).toEqual({ a: text.replace("db1", "db3") });
  });
});
