import { afterEach, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { createServer, type Server, type Socket } from "node:net";
import { NodeSocket } from "./node-socket.ts";

let server: Server | undefined;
afterEach(() => void server?.close());

interface Peer {
  readonly socket: Socket;
  /** The unmasked frames that came, as opcode and payload. */
  readonly frames: { opcode: number; payload: Buffer }[];
}

/** A server that does the handshake by hand, so that every byte after it is the test's. */
async function listen(
  answer?: (key: string) => string,
): Promise<{ url: string; peer: Promise<Peer> }> {
  let resolvePeer: (peer: Peer) => void;
  const peer = new Promise<Peer>((resolve) => (resolvePeer = resolve));
  server = createServer((socket) => {
    const frames: Peer["frames"] = [];
    let input: Buffer = Buffer.alloc(0);
    let open = false;
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      input = Buffer.concat([input, chunk as Buffer]);
      if (!open) {
        const end = input.indexOf("\r\n\r\n");
        if (end < 0) return;
        const key = /sec-websocket-key: (.*)/i.exec(input.toString())?.[1] ?? "";
        socket.write(answer ? answer(key) : upgrade(key));
        input = input.subarray(end + 4);
        open = true;
        resolvePeer({ socket, frames });
      }
      input = readFrames(input, frames);
    });
  });
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  return { url: `ws://127.0.0.1:${(server.address() as { port: number }).port}/ws`, peer };
}

function upgrade(key: string, protocol = "godwit.json.v1"): string {
  const accept = createHash("sha1")
    .update(`${key.trim()}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest("base64");
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: ${protocol}\r\n\r\n`;
}

function readFrames(bytes: Buffer, frames: Peer["frames"]): Buffer {
  let input = bytes;
  for (;;) {
    if (input.length < 6) return input;
    const short = input[1]! & 0x7f;
    const start = short < 126 ? 2 : short === 126 ? 4 : 10;
    const length =
      short < 126
        ? short
        : short === 126
          ? input.readUInt16BE(2)
          : Number(input.readBigUInt64BE(2));
    if (input.length < start + 4 + length) return input;
    // RFC 6455 section 5.1: every frame of a client is masked.
    expect(input[1]! & 0x80).toBe(0x80);
    const mask = input.subarray(start, start + 4);
    const payload = Buffer.from(
      input.subarray(start + 4, start + 4 + length).map((byte, at) => byte ^ mask[at & 3]!),
    );
    frames.push({ opcode: input[0]! & 0x0f, payload });
    input = input.subarray(start + 4 + length);
  }
}

const frame = (first: number, payload: Buffer | string): Buffer => {
  const bytes = typeof payload === "string" ? Buffer.from(payload) : payload;
  if (bytes.length < 126) return Buffer.concat([Buffer.from([first, bytes.length]), bytes]);
  const header = Buffer.alloc(bytes.length < 65_536 ? 4 : 10);
  header[0] = first;
  header[1] = bytes.length < 65_536 ? 126 : 127;
  if (bytes.length < 65_536) header.writeUInt16BE(bytes.length, 2);
  else header.writeBigUInt64BE(BigInt(bytes.length), 2);
  return Buffer.concat([header, bytes]);
};

interface Watched {
  readonly socket: NodeSocket;
  readonly opened: Promise<unknown>;
  readonly closed: Promise<{ code: number; reason: string }>;
  next(): Promise<string | ArrayBuffer>;
}

function watch(url: string): Watched {
  const socket = new NodeSocket(url, ["godwit.json.v1"]);
  const messages: (string | ArrayBuffer)[] = [];
  const waiting: ((data: string | ArrayBuffer) => void)[] = [];
  socket.onmessage = ({ data }) => void (waiting.shift()?.(data) ?? messages.push(data));
  return {
    socket,
    opened: new Promise((resolve) => (socket.onopen = resolve)),
    closed: new Promise((resolve) => (socket.onclose = resolve)),
    next: async () => messages.shift() ?? new Promise((resolve) => waiting.push(resolve)),
  };
}

const arrived = async (peer: Peer, count: number): Promise<Peer["frames"]> => {
  while (peer.frames.length < count) await new Promise((resolve) => setImmediate(resolve));
  return peer.frames;
};

test("opens with its subprotocol, and sends frames of every length", async () => {
  const { url, peer } = await listen();
  const { socket, opened } = watch(url);
  await opened;
  expect(socket.protocol).toBe("godwit.json.v1");
  const texts = [
    "",
    "hi",
    "x".repeat(125),
    "y".repeat(126),
    "界".repeat(30_000),
    "z".repeat(70_000),
  ];
  for (const text of texts) socket.send(text);
  socket.send(new Uint8Array([1, 2, 255]));
  const frames = await arrived(await peer, 7);
  expect(frames.slice(0, 6).map(({ opcode, payload }) => [opcode, payload.toString()])).toEqual(
    texts.map((text) => [1, text]),
  );
  expect(frames[6]).toEqual({ opcode: 2, payload: Buffer.from([1, 2, 255]) });
  (await peer).socket.destroy();
});

test("puts together what comes in pieces: bytes, fragments, a ping between them", async () => {
  const { url, peer } = await listen();
  const { opened, next } = watch(url);
  await opened;
  const { socket, frames } = await peer;
  const bytes = Buffer.concat([
    frame(0x81, "whole"),
    frame(0x01, Buffer.from("界").subarray(0, 1)),
    frame(0x89, "are you there"),
    frame(0x80, Buffer.from("界").subarray(1)),
    frame(0x82, Buffer.from([9, 8])),
    frame(0x81, "w".repeat(100_000)),
  ]);
  for (const byte of bytes.subarray(0, 60)) {
    socket.write(Buffer.from([byte]));
    await new Promise((resolve) => setImmediate(resolve));
  }
  socket.write(bytes.subarray(60));
  expect(await next()).toBe("whole");
  expect(await next()).toBe("界");
  expect(new Uint8Array((await next()) as ArrayBuffer)).toEqual(new Uint8Array([9, 8]));
  expect(await next()).toBe("w".repeat(100_000));
  expect(frames).toEqual([{ opcode: 10, payload: Buffer.from("are you there") }]);
  socket.destroy();
});

test("reports the server's close code, and answers it", async () => {
  const { url, peer } = await listen();
  const { opened, closed } = watch(url);
  await opened;
  const { socket } = await peer;
  socket.write(frame(0x88, Buffer.concat([Buffer.from([0x11, 0x99]), Buffer.from("kicked")])));
  expect(await closed).toEqual({ code: 4505, reason: "kicked" });
  const frames = await arrived(await peer, 1);
  expect(frames[0]).toEqual({ opcode: 8, payload: Buffer.from([0x11, 0x99]) });
});

test("closing says so to the server, once, and nothing after it", async () => {
  const { url, peer } = await listen();
  const { socket, opened, closed } = watch(url);
  await opened;
  socket.send("last");
  socket.close(1000, "bye");
  socket.send("too late");
  socket.close();
  const { socket: far, frames } = await peer;
  await arrived(await peer, 2);
  expect(frames.map(({ opcode }) => opcode)).toEqual([1, 8]);
  expect(frames[1]?.payload.subarray(2).toString()).toBe("bye");
  far.write(frame(0x88, Buffer.from([0x03, 0xe8])));
  expect((await closed).code).toBe(1000);
});

test("a connection that breaks is 1006", async () => {
  const { url, peer } = await listen();
  const { opened, closed } = watch(url);
  await opened;
  (await peer).socket.destroy();
  expect((await closed).code).toBe(1006);
});

for (const [name, bytes] of Object.entries({
  "a reserved bit": frame(0xc1, "x"),
  "a masked frame": Buffer.from([0x81, 0x81, 0, 0, 0, 0, 0x61]),
  "an unknown opcode": frame(0x83, "x"),
  "a continuation of nothing": frame(0x80, "x"),
  "a message inside a message": Buffer.concat([frame(0x01, "x"), frame(0x81, "y")]),
  "a fragmented ping": frame(0x09, "x"),
  "a long ping": frame(0x89, "x".repeat(126)),
  "text that is not UTF-8": frame(0x81, Buffer.from([0xff])),
}))
  test(`hangs up on ${name}`, async () => {
    const { url, peer } = await listen();
    const { opened, closed } = watch(url);
    await opened;
    (await peer).socket.write(bytes);
    expect((await closed).code).toBe(1002);
  });

test("hangs up on a message that is too large, before it has come", async () => {
  const { url, peer } = await listen();
  const { opened, closed } = watch(url);
  await opened;
  const header = Buffer.alloc(10);
  header[0] = 0x82;
  header[1] = 127;
  header.writeBigUInt64BE(1n << 40n, 2);
  (await peer).socket.write(header);
  expect((await closed).code).toBe(1009);
});

for (const [name, answer] of Object.entries({
  "a refusal": () => "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n",
  "the wrong key": () => upgrade("another key"),
  "a subprotocol that was not offered": (key: string) => upgrade(key, "mqtt"),
}))
  test(`${name} in the handshake is 1006, with the reason`, async () => {
    const { url } = await listen(answer);
    const { closed } = watch(url);
    const { code, reason } = await closed;
    expect(code).toBe(1006);
    expect(reason).toContain("The server");
  });

test("nobody there is 1006, and closing before the handshake as well", async () => {
  expect((await watch("ws://127.0.0.1:9/ws").closed).code).toBe(1006);
  const { url } = await listen(() => "");
  const { socket, closed } = watch(url);
  socket.close();
  expect((await closed).code).toBe(1006);
});
