import { connect } from "node:net";
import { afterEach, describe, expect, test } from "bun:test";
import type { StreamListener } from "./tcp.ts";
import { Client, Listeners, Recorder } from "./testing.ts";

const listeners = new Listeners();
const { clock } = listeners;
const listen = listeners.listen.bind(listeners);
afterEach(() => listeners.stop());

describe("a stream over TCP", () => {
  test("carries bytes both ways, those of one turn together, and knows the address", async () => {
    const protocol = new Recorder();
    protocol.answer = ({ stream }, piece) => {
      stream.write("<");
      stream.write(Buffer.from(piece));
      stream.write(">");
    };
    const client = Client.to(listen(protocol), "ab");
    await client.reads("<ab>");
    client.socket.write("cd");
    await client.reads("<cd>");
    expect(protocol.seen[0]?.stream.address).toBe("127.0.0.1");
    expect(protocol.seen[0]?.stream.secure).toBe(false);
    client.socket.destroy();
    await protocol.until(([seen]) => seen?.closed === true);
    expect(listeners.first?.connections).toBe(0);
  });

  test("gives a slow but steady reader everything, in order", async () => {
    const protocol = new Recorder();
    const part = Buffer.alloc(50_000, 0x61);
    let sent = 0;
    protocol.answer = ({ stream }) => {
      const more = async () => {
        for (; sent < 400; sent++) {
          part.writeUInt32BE(sent);
          stream.write(Buffer.from(part));
          await stream.drained();
        }
        stream.end();
      };
      void more();
    };
    const socket = connect({ host: "127.0.0.1", port: listen(protocol).port });
    socket.write("go");
    const chunks: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      socket.pause();
      setImmediate(() => socket.resume());
    });
    await new Promise((resolve) => socket.on("end", resolve));
    const all = Buffer.concat(chunks);
    expect(all.length).toBe(400 * part.length);
    for (let at = 0; at < 400; at++) expect(all.readUInt32BE(at * part.length)).toBe(at);
  });

  test("is cut when its reader is too slow", async () => {
    const protocol = new Recorder();
    let written = 0;
    protocol.answer = ({ stream }) => {
      const more = () => {
        if (protocol.seen[0]?.closed === true || written > 1_000) return;
        written++;
        stream.write(Buffer.alloc(50_000));
        setImmediate(more);
      };
      more();
    };
    const client = Client.to(listen(protocol), "go");
    client.socket.pause();
    await protocol.until(([seen]) => seen?.closed === true);
    expect(written).toBeLessThan(1_000);
    client.socket.destroy();
  });

  test("stops reading while it is paused", async () => {
    const protocol = new Recorder();
    protocol.answer = ({ stream }, piece) => {
      if (piece === "a") stream.pause();
      stream.write(piece);
    };
    const client = Client.to(listen(protocol), "a");
    await client.reads("a");
    client.socket.write("b");
    // Whoever came later is heard earlier.
    const other = Client.to(listeners.first as StreamListener, "c");
    await other.reads("c");
    expect(protocol.seen[0]?.text).toBe("a");
    protocol.seen[0]?.stream.resume();
    await client.reads("b");
    client.socket.destroy();
    other.socket.destroy();
  });

  test("delivers its last words although the client still writes", async () => {
    const protocol = new Recorder();
    protocol.answer = ({ stream }) => {
      stream.write("x".repeat(90_000));
      stream.write("last");
      stream.end();
    };
    const client = Client.to(listen(protocol), "go");
    client.socket.write("more");
    await client.ended;
    expect(client.text).toEndWith("last");
  });

  test("is cut if its protocol throws", async () => {
    const protocol = new Recorder();
    protocol.answer = () => {
      throw new Error("of the test");
    };
    const client = Client.to(listen(protocol), "go");
    await client.ended;
    expect(listeners.first?.connections).toBe(0);
  });
});

describe("time", () => {
  test("who does not become known in time is told so, whatever it says meanwhile", async () => {
    const protocol = new Recorder();
    protocol.answer = ({ stream }, piece) => stream.write(piece);
    const client = Client.to(listen(protocol), "a");
    await client.reads("a");
    clock.advance(6_000);
    client.socket.write("b");
    await client.reads("b");
    clock.advance(5_000);
    await client.reads("bye:connect_deadline");
    await client.ended;
  });

  test("who says nothing at all is closed at the deadline too", async () => {
    const listener = listen(new Recorder());
    const client = Client.to(listener);
    await new Promise((resolve) => client.socket.on("connect", resolve));
    while (listener.connections === 0) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(10_500);
    await client.ended;
  });

  test("after that only silence counts", async () => {
    const protocol = new Recorder();
    protocol.answer = ({ stream }, piece) => {
      stream.admitted(30_000);
      stream.write(piece);
    };
    const client = Client.to(listen(protocol), "a");
    await client.reads("a");
    clock.advance(25_000);
    client.socket.write("b");
    await client.reads("b");
    clock.advance(29_000);
    expect(protocol.seen[0]?.closes).toEqual([]);
    clock.advance(2_000);
    await client.reads("bye:idle");
    await client.ended;
  });

  test("who does not take its last bytes is cut in the end", async () => {
    const protocol = new Recorder();
    protocol.answer = ({ stream }) => {
      stream.admitted(Infinity);
      stream.write(Buffer.alloc(90_000));
    };
    const client = Client.to(listen(protocol), "a");
    await protocol.until(([seen]) => seen?.text === "a");
    client.socket.pause();
    const socket = client.socket;
    socket.on("end", () => undefined);
    listeners.first?.closeAll("draining");
    clock.advance(6_000);
    await protocol.until(([seen]) => seen?.closed === true);
    socket.destroy();
  });
});

describe("admission", () => {
  test("no more than the bound from one address, and none while draining", async () => {
    const protocol = new Recorder();
    protocol.answer = ({ stream }, piece) => stream.write(piece);
    const listener = listen(protocol, {}, 2);
    const [a, b] = [Client.to(listener, "a"), Client.to(listener, "b")];
    await Promise.all([a.reads("a"), b.reads("b")]);
    await Client.to(listener, "c").ended;
    a.socket.destroy();
    await protocol.until((seen) => seen.some(({ closed }) => closed));
    const d = Client.to(listener, "d");
    await d.reads("d");
    listener.drain();
    b.socket.destroy();
    await protocol.until((seen) => seen.filter(({ closed }) => closed).length === 2);
    await Client.to(listener, "e").ended;
    d.socket.destroy();
  });

  test("behind a balancer it is the client's address that counts", async () => {
    const protocol = new Recorder();
    protocol.answer = ({ stream }, piece) => stream.write(piece);
    const listener = listen(protocol, { proxyProtocol: true }, 1);
    const client = Client.to(listener, "PROXY TCP4 192.0.2.7 198.51.100.1 4000 1883\r\nhel");
    client.socket.write("lo");
    await client.reads("hello");
    expect(protocol.seen[0]?.stream.address).toBe("192.0.2.7");
    await Client.to(listener, "PROXY TCP4 192.0.2.7 198.51.100.1 4001 1883\r\nx").ended;
    await Client.to(listener, "hello").ended;
    const split = Client.to(listener, "PROXY TCP6 2001:db8::1 ");
    await new Promise((resolve) => split.socket.write("2001:db8::2 1 2\r\n", resolve));
    split.socket.write("yes");
    await split.reads("yes");
    expect(listener.connections).toBe(2);
    client.socket.destroy();
    split.socket.destroy();
  });
});
