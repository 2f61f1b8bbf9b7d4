import { afterEach, describe, expect, test } from "bun:test";
import { connect, createServer, type Server, type Socket } from "node:net";
import { FaultProxy } from "./proxy.ts";

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

interface Arrival {
  readonly from: string;
  text: string;
  ended: boolean;
  readonly socket: Socket;
}

/** A server that notes what arrives, and answers everything with its echo. */
async function scene(address?: () => string) {
  const arrivals: Arrival[] = [];
  const server: Server = createServer((socket) => {
    const arrival = { from: socket.remoteAddress ?? "", text: "", ended: false, socket };
    arrivals.push(arrival);
    socket.on("data", (data) => {
      arrival.text += data.toString();
      socket.write(data);
    });
    socket.on("error", () => {});
    socket.on("close", () => (arrival.ended = true));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const proxy = await FaultProxy.open({ host: "127.0.0.1", port }, address);
  closing.push(
    () => proxy.stop(),
    () => new Promise((resolve) => server.close(resolve)),
  );
  const dial = async () => {
    const heard = { text: "", ended: false };
    const socket = connect({ host: "127.0.0.1", port: proxy.port });
    socket.on("data", (data) => (heard.text += data.toString()));
    socket.on("error", () => {});
    socket.on("close", () => (heard.ended = true));
    await new Promise<void>((resolve) => socket.once("connect", resolve));
    return { socket, heard };
  };
  return { proxy, arrivals, dial };
}

const until = async (holds: () => boolean) => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1));
};

describe("a proxy that breaks connections", () => {
  test("passes on what it does not break, from the address that it is given", async () => {
    let n = 0;
    const { arrivals, dial } = await scene(() => `127.0.0.${++n + 10}`);
    for (const text of ["one", "two"]) {
      const { socket, heard } = await dial();
      socket.write(text);
      await until(() => heard.text === text);
      socket.end();
      await until(() => heard.ended);
    }
    expect(arrivals.map(({ from, text }) => [from, text])).toEqual([
      ["127.0.0.11", "one"],
      ["127.0.0.12", "two"],
    ]);
    await until(() => arrivals.every(({ ended }) => ended));
  });

  test("cuts both sides at once", async () => {
    const { proxy, arrivals, dial } = await scene();
    const { socket, heard } = await dial();
    socket.write("x");
    await until(() => heard.text === "x");
    expect([proxy.connections, proxy.cut(), proxy.connections]).toEqual([1, 1, 0]);
    await until(() => heard.ended && arrivals[0]?.ended === true);
  });

  test("leaves a connection half open: nothing passes, and nobody is told before its time", async () => {
    const { proxy, arrivals, dial } = await scene();
    const { socket, heard } = await dial();
    socket.write("a");
    await until(() => heard.text === "a");
    proxy.silence(60);
    socket.write("b");
    arrivals[0]?.socket.write("c");
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([heard.text, heard.ended, arrivals[0]?.text, arrivals[0]?.ended]).toEqual([
      "a",
      false,
      "a",
      false,
    ]);
    await until(() => heard.ended && arrivals[0]?.ended === true);
  });

  test("lets a new connection overtake an old one's last words", async () => {
    const { proxy, arrivals, dial } = await scene();
    const first = await dial();
    first.socket.write("1");
    await until(() => first.heard.text === "1");
    proxy.straggle(60);
    await until(() => first.heard.ended);
    expect(arrivals[0]?.ended).toBe(false);
    const second = await dial();
    second.socket.write("2");
    await until(() => second.heard.text === "2");
    expect(arrivals[0]?.ended).toBe(false);
    await until(() => arrivals[0]?.ended === true);
    expect(second.heard.ended).toBe(false);
  });

  test("delays, in order, also when the delay changes", async () => {
    const { proxy, arrivals, dial } = await scene();
    const { socket, heard } = await dial();
    proxy.faults.delayMs = 40;
    const startMs = performance.now();
    socket.write("a");
    await new Promise((resolve) => setTimeout(resolve, 5));
    proxy.faults.delayMs = 0;
    socket.write("b");
    await until(() => heard.text === "ab");
    expect(performance.now() - startMs).toBeGreaterThan(35);
    expect(arrivals[0]?.text).toBe("ab");
  });

  test("is slow, and reads no faster than it passes on", async () => {
    const { proxy, dial } = await scene();
    const { socket, heard } = await dial();
    proxy.faults.bytesPerSecondMax = 200_000;
    const startMs = performance.now();
    socket.write("x".repeat(20_000));
    await until(() => heard.text.length === 20_000);
    expect(performance.now() - startMs).toBeGreaterThan(80);
  });

  test("refuses, or takes what leads nowhere", async () => {
    const { proxy, arrivals, dial } = await scene();
    proxy.faults.blackhole = true;
    const lost = await dial();
    lost.socket.write("x");
    proxy.faults.blackhole = false;
    const { socket, heard } = await dial();
    socket.write("y");
    await until(() => heard.text === "y");
    expect([lost.heard.text, lost.heard.ended]).toEqual(["", false]);
    expect(arrivals.map(({ text }) => text)).toEqual(["", "y"]);
    proxy.faults.refuse = true;
    const refused = await dial();
    await until(() => refused.heard.ended);
    expect(arrivals).toHaveLength(2);
  });
});
