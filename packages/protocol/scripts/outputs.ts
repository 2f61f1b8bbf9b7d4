import * as schemas from "../src/schemas.ts";
import { collectWire } from "./collect.ts";
import { protoNumbers } from "./lock.ts";
import { checksText, protoText, tableText } from "./render.ts";

export const lockFile = "wire.lock.json";

/** Everything that is generated, by path in the package, and the numbers that the .proto gives. */
export function outputs(): { files: ReadonlyMap<string, string>; numbers: Record<string, number> } {
  const wire = collectWire();
  const proto = protoText(wire);
  const numbers = protoNumbers(proto);
  const params = Object.fromEntries(
    Object.entries(schemas.commands).map(([name, command]) => [name, command.params]),
  );
  const files = new Map([
    ["src/generated/wire.ts", tableText(wire)],
    ["src/generated/checks.ts", checksText(params, schemas.contents)],
    ["godwit.proto", proto],
    [lockFile, `${JSON.stringify(numbers, null, 2)}\n`],
  ]);
  return { files, numbers };
}
