/** docs/protocols/tcp.md and its Chinese edition say what the code does: tables, limits and every byte. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import zlib from "node:zlib";
import { describe, expect, test } from "bun:test";
import { closeCodes } from "../close.ts";
import { DecodeError } from "../codec.ts";
import { tcpLimits } from "./bounds.ts";
import { dictionaryOf, PayloadCoder } from "./compression.ts";
import { controlNumbers, encodeControl, type Control } from "./control.ts";
import { dictionaryVersion } from "./dictionary.ts";
import { encodeFrame, VersionError } from "./header.ts";
import { FrameReader } from "./reader.ts";

const texts = ["protocols", "zh-CN/protocols"].map((folder) => {
  const path = `docs/${folder}/tcp.md`;
  return [path, readFileSync(new URL(`../../../../${path}`, import.meta.url), "utf8")] as const;
});

const hexOf = (bytes: Uint8Array) =>
  Buffer.from(bytes)
    .toString("hex")
    .replaceAll(/..(?=.)/g, "$& ");
const bytesOf = (hex: string) => Uint8Array.from(Buffer.from(hex.replaceAll(/\s/g, ""), "hex"));

/** Twenty-four bytes in a line, further ones indented. */
const lines = (mark: string, hex: string) =>
  (hex.match(/(?:.. ?){1,24}/g) ?? [])
    .map((line, at) => `${at === 0 ? mark : " ".repeat(mark.length)} ${line.trim()}`)
    .join("\n");

const token = "eyJhbGciOiJIUzI1NiJ9.e30.x";
type Said = Exclude<Control, { op: "unknown" }>;
const dialogue: readonly (readonly [from: "C" | "S", channel: number, said: Said | object])[] = [
  ["C", 0, { op: "hello", codec: "json", windowBytes: 262_144 }],
  ["C", 0, { op: "open", channel: 1 }],
  ["C", 1, { type: "hello", id: 1, token, device: "py-1" }],
  ["S", 0, { op: "welcome", windowBytes: 262_144, channelsMax: 1_024 }],
  ["C", 1, { type: "ping", id: 2 }],
  ["S", 1, { type: "ping", id: 2, time: 1_763_600_000_000, position: 7 }],
  ["C", 0, { op: "credit", channel: 1, bytes: 131_072 }],
  ["S", 0, { op: "close", channel: 1, code: 4_002, reason: "Idle." }],
  ["C", 0, { op: "close", channel: 0, code: 1_000, reason: "" }],
];

/** What a line of the dialogue says, for those who do not read hex. */
function gloss(channel: number, said: Said | object): string {
  if (!("op" in said)) return `${channel}: ${JSON.stringify(said)}`;
  const { op, ...fields } = said;
  return `0: ${op} ${JSON.stringify(fields)}`;
}

const dialogueText = dialogue
  .map(([from, channel, said]) => {
    const payload =
      "op" in said ? encodeControl(said) : new TextEncoder().encode(JSON.stringify(said));
    return `# ${gloss(channel, said)}\n${lines(from, hexOf(encodeFrame(channel, payload)))}`;
  })
  .join("\n");

/** The outcome of reading these bytes: frames, or the name of a close code. */
function outcome(bytes: Uint8Array): string {
  let frames = 0;
  try {
    new FrameReader({ frame: () => void frames++ }).push(bytes);
  } catch (error) {
    if (error instanceof VersionError) return "unsupported_version";
    if (error instanceof DecodeError) return error.reason;
    throw error;
  }
  return `${frames} frames`;
}

describe.each(texts)("%s", (_path, text) => {
  /** Cells of every row whose first cell is like this. */
  const rows = (first: RegExp) =>
    text
      .split("\n")
      .filter((line) => line.startsWith("|"))
      .map((line) =>
        line
          .slice(1, -1)
          .split("|")
          .map((cell) => cell.trim()),
      )
      .filter(([cell = ""]) => first.test(cell));

  test("the examples are frames as the code writes them", () => {
    for (const hex of [
      encodeFrame(1, new TextEncoder().encode("{}")),
      encodeFrame(200, new TextEncoder().encode("{}")),
      encodeFrame(0, encodeControl({ op: "open", channel: 1 })),
    ].map(hexOf))
      expect(text).toContain(`\`${hex}\``);
  });

  test("the dialogue is what the code writes", () => {
    expect(text).toContain(`\`\`\`text\n${dialogueText}\n\`\`\``);
  });

  test("numbers of control messages", () => {
    const documented = rows(/^\d$/).filter(([, name]) => name !== "`json`" && name !== "`binary`");
    const numbers = documented.map(([number, name]) => [name?.replaceAll("`", ""), Number(number)]);
    expect(Object.fromEntries(numbers)).toEqual(controlNumbers);
  });

  test("limits", () => {
    const documented = rows(/^`\w+(Max|Min)`[:：]/).map(([limit = "", value = ""]) => [
      /`(\w+)`/.exec(limit)?.[1],
      Number(value.replaceAll(",", "")),
    ]);
    expect(Object.fromEntries(documented)).toEqual(tcpLimits);
  });

  test("what is refused", () => {
    const refusals = rows(/^`[\da-f ]+`$/).filter(([, closed = ""]) => /^\d{4} /.test(closed));
    expect(refusals.length).toBeGreaterThan(7);
    for (const [hex = "", closed = ""] of refusals) {
      const [, code, name = ""] = /^(\d+) `(\w+)`$/.exec(closed) ?? [];
      expect([hex, outcome(bytesOf(hex.replaceAll("`", "")))]).toEqual([hex, name]);
      expect(String(closeCodes[name as keyof typeof closeCodes].code)).toBe(code ?? "");
    }
  });

  test("dictionaries", () => {
    const documented = rows(/^\d$/).filter(
      ([, codec]) => codec === "`json`" || codec === "`binary`",
    );
    const expected = (["json", "binary"] as const).map((codec) => {
      const bytes = dictionaryOf(codec);
      const hash = createHash("sha256").update(bytes).digest("hex");
      return [String(dictionaryVersion), `\`${codec}\``, String(bytes.length), `\`${hash}\``];
    });
    expect(documented).toEqual(expected);
  });

  test("the compressed examples expand to the command", () => {
    const [, command = ""] = /```text\n(\{.+\})\n```/.exec(text) ?? [];
    const frames = [...text.matchAll(/^([CS]) (21 (?:[\da-f]{2}\s+)+)/gm)].map(([, , hex = ""]) =>
      bytesOf(hex),
    );
    expect(frames).toHaveLength(2);
    for (const [at, frame] of frames.entries()) {
      const dictionary = at === 0 ? undefined : dictionaryOf("json");
      const coder = new PayloadCoder({ codec: "json", compression: "deflate", dictionary }, zlib);
      const read: string[] = [];
      new FrameReader({
        frame: (flags, _channel, bytes) =>
          void read.push(new TextDecoder().decode(coder.decode(flags, bytes))),
      }).push(frame);
      expect(read).toEqual([command]);
      expect(text).toContain(` ${command.length} `);
    }
  });
});
