/** The codecs carry every case where there is no `Buffer`, as in browsers, and under Node. */
import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const source = `
  import { deepStrictEqual } from "node:assert";
  import { binaryCodec } from ${JSON.stringify(join(import.meta.dir, "binary.ts"))};
  import { commandCases, hostileCases, serverCases } from ${JSON.stringify(join(import.meta.dir, "cases.ts"))};
  import { DecodeError, jsonCodec } from ${JSON.stringify(join(import.meta.dir, "index.ts"))};

  for (const codec of [jsonCodec, binaryCodec]) {
    for (const { frame } of commandCases) deepStrictEqual(codec.decodeCommand(codec.encodeCommand(frame)), frame);
    for (const { frame } of serverCases) deepStrictEqual(codec.decodeServer(codec.encodeServer(frame)), frame);
    for (const { name, codec: codecName, data, outcome } of hostileCases) {
      if (codecName !== codec.name) continue;
      let refusal;
      try {
        codec.decodeCommand(data);
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
        refusal = error.reason;
      }
      if (outcome === "bad_frame" || outcome === "frame_too_large") deepStrictEqual(refusal, outcome, name);
      else deepStrictEqual(refusal, undefined, name);
    }
  }
  console.log(typeof globalThis.Buffer);
`;

test.each([
  ["without Buffer", ["delete globalThis.Buffer;"], process.execPath, "undefined"],
  ["under Node", [], "node", "function"],
] as const)("%s", async (_, before, runtime, buffer) => {
  const folder = mkdtempSync(join(tmpdir(), "godwit-codecs-"));
  try {
    const entry = join(folder, "entry.ts");
    writeFileSync(entry, source);
    const built = await Bun.build({ entrypoints: [entry], target: "node" });
    const bundle = join(folder, "bundle.mjs");
    // Imports are hoisted: what has to happen before them comes in a module of its own.
    writeFileSync(bundle, await (built.outputs[0] as Bun.BuildArtifact).text());
    const main = join(folder, "main.mjs");
    writeFileSync(main, `${before.join("\n")}\nawait import("./bundle.mjs");\n`);
    const { stdout, stderr } = Bun.spawnSync([runtime, main], { stderr: "pipe" });
    expect(stderr.toString()).toBe("");
    expect(stdout.toString().trim()).toBe(buffer);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
