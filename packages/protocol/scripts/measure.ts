/**
 * Nanoseconds per encode and decode of the frames that make up nearly all traffic, in both codecs, and per check; and what the
 * checks cost at start-up. `bun packages/protocol/scripts/measure.ts`
 */
import type { CommandFrame, ServerFrame } from "../src/frames.ts";
import { binaryCodec } from "../src/binary.ts";
import { jsonCodec } from "../src/json.ts";

const importStart = performance.now();
const { compileCommands } = await import("../src/validate.ts");
const compileStart = performance.now();
const checks = compileCommands();
for (const check of Object.values(checks)) check({});
const compiled = performance.now();

const conversation = "d:alice:bob";
const clientId = "3b241101-e2bb-4255-8caf-4136c566a962";
const content = { text: "Hello there, how are you doing today? Lunch at noon?" };
const send: CommandFrame = {
  type: "send",
  id: 7,
  conversation,
  clientId,
  clientSeq: 12_345,
  kind: "text",
  content,
};
const reply: ServerFrame = {
  type: "send",
  id: 7,
  conversation,
  seq: 4_711,
  messageId: 123_456_789,
  time: 1_763_600_000_000,
};
const message: ServerFrame = {
  type: "message",
  message: {
    conversation,
    seq: 4_711,
    id: 123_456_789,
    sender: "alice",
    device: "phone-1",
    clientId,
    clientSeq: 12_345,
    time: 1_763_600_000_000,
    kind: "text",
    content,
  },
};

const rounds = 8;
const callsPerRound = 100_000;

/** The best of some rounds: what the code costs when nothing else disturbs it. */
function nsPerCall(call: () => unknown): number {
  let best = Infinity;
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    for (let i = 0; i < callsPerRound; i++) call();
    best = Math.min(best, performance.now() - start);
  }
  return Math.round((best * 1e6) / callsPerRound);
}

const rows = [jsonCodec, binaryCodec].flatMap((codec) => {
  const sent = codec.encodeCommand(send);
  const served = [reply, message].map((frame) => ({ frame, data: codec.encodeServer(frame) }));
  return [
    {
      codec: codec.name,
      frame: "send",
      bytes: sent.length,
      encodeNs: nsPerCall(() => codec.encodeCommand(send)),
      decodeNs: nsPerCall(() => codec.decodeCommand(sent)),
    },
    ...served.map(({ frame, data }) => ({
      codec: codec.name,
      frame: frame === reply ? "acknowledgement" : "message",
      bytes: data.length,
      encodeNs: nsPerCall(() => codec.encodeServer(frame)),
      decodeNs: nsPerCall(() => codec.decodeServer(data)),
    })),
  ];
});

const lines = [
  ...rows.map(({ codec, frame, bytes, encodeNs, decodeNs }) =>
    [
      codec.padEnd(7),
      frame.padEnd(16),
      `${bytes} bytes`.padStart(9),
      `encode ${encodeNs} ns`.padStart(14),
      `decode ${decodeNs} ns`.padStart(14),
    ].join("  "),
  ),
  `check of a send: ${nsPerCall(() => checks.send(send))} ns`,
  `checks: import ${(compileStart - importStart).toFixed(0)} ms, compile all ${(compiled - compileStart).toFixed(0)} ms`,
];
process.stdout.write(`${lines.join("\n")}\n`);
