/** The whole generator against a server that makes mistakes on purpose: each must be found. */
import { afterEach, describe, expect, test } from "bun:test";
import type { Target } from "../target/target.ts";
import { floorFrame } from "../wire/floor-frames.ts";
import { floorWire } from "../wire/floor.ts";
import { Load } from "./load.ts";
import { Schedule } from "./schedule.ts";

type Fault = "none" | "drop" | "repeat" | "swap" | "no_ack" | "hang_up" | "garbage";

let stop: (() => void) | undefined;
afterEach(() => stop?.());

/** Acknowledges and delivers between two users as the floor does, without storing; at the twentieth message it makes its mistake. */
function faultyServer(fault: Fault): Target {
  const sockets = new Map<number, Bun.ServerWebSocket<{ user: number }>>();
  let seq = 0;
  let held: Buffer | undefined;
  const server = Bun.serve<{ user: number }>({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request, self) =>
      self.upgrade(request, { data: { user: -1 } })
        ? undefined
        : new Response("no", { status: 400 }),
    websocket: {
      message(socket, data) {
        const frame = Buffer.from(data as Buffer);
        if (frame[0] === floorFrame.hello) {
          socket.data.user = frame.readUInt32LE(1);
          sockets.set(socket.data.user, socket);
          socket.send(frame.subarray(0, 1));
          return;
        }
        seq++;
        const isFaulty = seq === 20;
        const receiver = sockets.get(frame.readUInt32LE(5));
        const ack = Buffer.alloc(floorFrame.ackBytes);
        ack[0] = floorFrame.send;
        ack.writeUInt32LE(frame.readUInt32LE(1), 1);
        ack.writeUInt32LE(seq, 5);
        if (!(isFaulty && fault === "no_ack")) socket.send(ack);
        frame[0] = floorFrame.deliver;
        frame.writeUInt32LE(socket.data.user, 5);
        frame.writeUInt32LE(seq, 9);
        if (isFaulty && fault === "hang_up") return socket.close(4001, "too slow");
        if (isFaulty && fault === "garbage") frame[0] = 99;
        if (isFaulty && fault === "drop") return;
        if (isFaulty && fault === "swap") {
          held = frame;
          return;
        }
        receiver?.send(frame);
        if (isFaulty && fault === "repeat") receiver?.send(frame);
        if (held !== undefined) receiver?.send(held);
        held = undefined;
      },
    },
  });
  stop = () => void server.stop(true);
  return {
    isServer: false,
    name: "faulty",
    endpoint: { hostname: "127.0.0.1", port: server.port as number, path: "/" },
    pid: process.pid,
    durability: "none",
    prefix: "",
    wire: () => floorWire,
    token: () => "",
    output: () => "",
    stop: () => Promise.resolve(),
  };
}

/** User 0 sends a hundred messages to user 1 in a tenth of a second. */
async function runAgainst(fault: Fault) {
  const load = new Load(faultyServer(fault));
  load.addClient(floorWire, 0);
  load.addClient(floorWire, 0);
  load.setWriters([floorWire.sender({ sender: 0, receiver: 1, conversation: "" }, 32)]);
  await load.connectAll(2);
  const pace = new Schedule([{ ratePerS: 1_000, seconds: 0.1 }]);
  const window = await load.run({ pace, measureFromMs: 0, measureToMs: 100, drainMs: 150 });
  const findings = load.findings();
  load.close();
  return { window, findings };
}

describe("a load", () => {
  test("passes a server that does its work, and measures it", async () => {
    const { window, findings } = await runAgainst("none");
    expect(findings).toEqual({
      sent: 100,
      acked: 100,
      refused: 0,
      unanswered: 0,
      delivered: 100,
      lost: 0,
      duplicated: 0,
      reordered: 0,
    });
    expect(window.disconnected).toBe(0);
    expect(window.ack.count).toBe(100);
    expect(window.delivery.count).toBe(100);
    expect(window.serverCpuNs).toBeGreaterThan(0);
  });

  test("finds a lost message", async () => {
    expect((await runAgainst("drop")).findings).toMatchObject({
      lost: 1,
      duplicated: 0,
      reordered: 0,
    });
  });

  test("finds a repeated message", async () => {
    expect((await runAgainst("repeat")).findings).toMatchObject({
      lost: 0,
      duplicated: 1,
      reordered: 0,
    });
  });

  test("finds messages in the wrong order", async () => {
    expect((await runAgainst("swap")).findings).toMatchObject({
      lost: 0,
      duplicated: 0,
      reordered: 1,
    });
  });

  test("finds a send without an answer", async () => {
    expect((await runAgainst("no_ack")).findings).toMatchObject({ unanswered: 1 });
  });

  test("finds a broken connection, with its reason", async () => {
    const { window, findings } = await runAgainst("hang_up");
    expect(window).toMatchObject({ disconnected: 1, disconnectReason: "user 0: 4001 too slow" });
    expect(findings.lost).toBe(1);
  });

  test("gives up a connection that sends what is no frame of the protocol", async () => {
    const { window } = await runAgainst("garbage");
    expect(window.disconnected).toBe(1);
    expect(window.disconnectReason).toContain("type 99");
  });
});
