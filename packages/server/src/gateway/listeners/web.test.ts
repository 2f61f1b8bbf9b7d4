import { expect, test } from "bun:test";
import { jsonCodec } from "@godwit/protocol";
import { FakeClock } from "../../lib/testing/fake-clock.ts";
import { createLog } from "../../lib/log.ts";
import { Admission } from "./admission.ts";
import { Recorder } from "./testing.ts";
import { WebListener } from "./web.ts";

test("a WebSocket is cut if its protocol throws, and the server goes on", async () => {
  const protocol = new Recorder();
  protocol.answer = () => {
    throw new Error("of the test");
  };
  const listener = new WebListener({
    config: {
      host: "127.0.0.1",
      port: 0,
      trustProxy: false,
      origins: [],
      connectDeadlineMs: 10_000,
      frameBytesMax: 1_000,
      bodyBytesMax: 1_000,
      writeBufferBytesMax: 100_000,
    },
    protocol: {} as never,
    codecs: [jsonCodec],
    mounts: [{ path: "/test", subprotocol: "test", protocol }],
    http: {} as never,
    admission: new Admission({ connectionsMax: 10, connectionsPerAddressMax: 10 }),
    clock: new FakeClock(),
    log: createLog("silent", "json"),
  });
  const socket = new WebSocket(`ws://127.0.0.1:${listener.port}/test`, ["test"]);
  socket.addEventListener("open", () => socket.send("go"));
  await new Promise((resolve) => socket.addEventListener("close", resolve));
  expect(listener.connections).toBe(0);
  await listener.stop();
});
