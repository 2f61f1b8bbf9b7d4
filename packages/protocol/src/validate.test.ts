import { expect, test } from "bun:test";
import fc from "fast-check";
import { binaryCodec } from "./binary.ts";
import { arbitraryCommand } from "./cases/arbitrary.ts";
import { commandCases, hostileCases } from "./cases.ts";
import { jsonCodec } from "./json.ts";
import { commands, type CommandName } from "./schemas.ts";
import { compileCommands } from "./validate.ts";

const checks = compileCommands();
const codecs = { json: jsonCodec, binary: binaryCodec };

test("there is a check for every command and for nothing else", () => {
  expect(Object.keys(checks).sort()).toEqual(Object.keys(commands).sort());
  for (const name of ["__proto__", "constructor", "toString"])
    expect(checks[name as CommandName]).toBeUndefined();
});

test.each([...commandCases])("accepts: $name", ({ frame }) => {
  expect(checks[frame.type](frame)).toBeUndefined();
  expect(checks[frame.type]({ ...frame, unknownField: { a: 1 } })).toBeUndefined();
});

test.each(
  hostileCases.filter(({ outcome }) => outcome !== "bad_frame" && outcome !== "frame_too_large"),
)("$name: $outcome $field", ({ codec, data, outcome, field }) => {
  const frame = codecs[codec].decodeCommand(data);
  const check = checks[frame.type as CommandName];
  if (outcome === "unknown_command") {
    expect(check).toBeUndefined();
    return;
  }
  const detail = check(frame);
  if (outcome === "accepted") expect(detail).toBeUndefined();
  else expect(detail).toStartWith(`${field} `);
});

test("accepts whatever the schemas allow", () => {
  fc.assert(
    fc.property(arbitraryCommand, (frame) => {
      expect(checks[frame.type](frame)).toBeUndefined();
    }),
    { numRuns: 500 },
  );
});

test("never throws and never answers at length, whatever the fields hold", () => {
  const names = fc.constantFrom(...(Object.keys(checks) as CommandName[]));
  fc.assert(
    fc.property(
      names,
      fc.anything({ withBigInt: true, withNullPrototype: true }),
      (name, value) => {
        const fields = Object.keys(commands[name].params.properties);
        const frame = Object.fromEntries(fields.map((field) => [field, value]));
        const detail = checks[name](frame);
        expect(detail === undefined || detail.length < 300).toBe(true);
      },
    ),
    { numRuns: 1_000 },
  );
});

test("a list that is too long is refused before its items are looked at", () => {
  let looked = 0;
  const item = {
    get conversation() {
      return ((looked += 1), "d:a:b");
    },
    seq: 1,
  };
  expect(
    checks.sync({ type: "sync", cursors: Array.from({ length: 80_000 }, () => item) }),
  ).toStartWith("cursors ");
  expect(looked).toBe(0);
});
