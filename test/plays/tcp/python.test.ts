/** The client in Python under examples/python: what the specification says is enough to write one. */
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { controlNumbers, encodeControl, encodeFrame } from "@godwit/protocol/tcp";
import { controlCases, tcpCases } from "../../../packages/protocol/src/cases/tcp.ts";
import { patiently } from "../actor.ts";
import { isMissing, run } from "../mqtt/kit.ts";
import { setStage, token, type Stage } from "../stage.ts";

const python = "python3";
const noPython =
  isMissing(python, "-c", "import sys; sys.exit(sys.version_info < (3, 10))") &&
  "apt-get install python3, 3.10 or later";

// Python takes a while to begin where two cores are busy with other tests.
setDefaultTimeout(60_000);

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const library = here("../../../examples/python");
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

/** Runs a program of these plays with the library at hand, leaving nothing behind. */
const play = (
  script: string,
  args: readonly string[],
  more?: { readonly input?: string; readonly onOutput?: () => void },
) => {
  const begin = `import sys, runpy; sys.path.insert(0, sys.argv.pop(1)); runpy.run_path(sys.argv.pop(1), run_name="__main__")`;
  return run(python, ["-B", "-c", begin, library, script, ...args], more);
};

/** Pieces of so many bytes. */
const pieces = (bytes: Uint8Array, size: number) =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
    hex(bytes.subarray(at * size, (at + 1) * size)),
  );

describe.skipIf(noPython !== false)(`the client in Python (${noPython || "there"})`, () => {
  let stage: Stage;
  let url: string;
  beforeAll(async () => {
    const rates = { "limits.sendsPerSecondMax": 10_000, "limits.commandsPerSecondMax": 10_000 };
    stage = await setStage({ settings: { "tcp.enabled": true, "tcp.port": 0, ...rates } });
    url = `tcp://127.0.0.1:${stage.server.ports["tcp"]}`;
  });
  afterAll(() => stage.close());

  test("reads and writes the same bytes as the server", async () => {
    const controls = controlCases.flatMap(({ control }) =>
      control === undefined || control.op === "unknown" ? [] : [control],
    );
    const asked = {
      read: tcpCases.flatMap(({ bytes }) => [
        [hex(bytes)],
        pieces(bytes, bytes.length > 1_000 ? 4_095 : 1),
      ]),
      write: tcpCases.flatMap(({ frames }) =>
        frames.map(({ flags, channel, payload }) => [flags, channel, hex(payload)]),
      ),
      say: controls.map((control) => {
        const number = controlNumbers[control.op];
        if (control.op === "open") return [number, [control.channel], ""];
        if (control.op === "credit") return [number, [control.channel, control.bytes], ""];
        if (control.op === "close")
          return [number, [control.channel, control.code], control.reason];
        const { op: _, ...fields } = control;
        return [number, [], JSON.stringify(fields)];
      }),
    };
    const output = await play(here("codec.py"), [], { input: JSON.stringify(asked) });
    expect(JSON.parse(output)).toEqual({
      read: tcpCases.flatMap(({ frames, outcome }) => {
        const read = {
          frames: frames.map(({ flags, channel, payload }) => [flags, channel, hex(payload)]),
          outcome: outcome === "frames" || outcome === "partial" ? outcome : "refused",
        };
        return [read, read];
      }),
      written: tcpCases.flatMap(({ frames }) =>
        frames.map(({ flags, channel, payload }) => hex(encodeFrame(channel, payload, flags))),
      ),
      said: controls.map((control) => hex(encodeControl(control))),
    });
  });

  test.each(["plain", "deflate"])(
    "answers more than credit lasts for, in order, and across a cut: %s",
    async (compression) => {
      const count = 200;
      const [ann, bob] = [`ann-${compression}`, `bob-${compression}`];
      const alice = await stage.actor(ann);
      const conversation = alice.with(bob);
      const { promise: ready, resolve: onOutput } = Promise.withResolvers<void>();
      const echo = play(
        here("echo.py"),
        [url, await token(bob), conversation, String(count), "70", compression],
        { onOutput },
      );
      await Promise.race([patiently(ready, "the client to say hello", 20_000), echo]);
      // More than four windows in either direction, if not compressed.
      const text = (number: number) => `${number} ${"你好 hello ".repeat(500)}`;
      const numbers = Array.from({ length: count }, (_, at) => at + 1);
      for (const number of numbers) await alice.says(conversation, text(number));
      expect(await echo).toContain(`${count} echoed on 2 connections`);
      for (const number of numbers) await alice.reads(text(number));
      expect(await alice.leftovers()).toEqual([]);
    },
  );

  test.each([
    ["plain", []],
    ["deflate", ["--compression"]],
  ] as const)("the example runs as it stands: %s", async (_name, more) => {
    const addresses = ["--tcp", url, "--http", stage.url];
    const output = await run(python, ["-B", `${library}/chat.py`, ...addresses, ...more]);
    expect(output).toContain("resumed: True");
    expect(output).toContain("pia: You missed this");
  });
});
