import { expect, test } from "bun:test";
import { gone } from "./commands.ts";
import { Reading } from "./reading.ts";
import { reasons } from "./wire/codes.ts";

const pingreq = Uint8Array.of(0xc0, 0x00);

test("a fault of the server's in packets that were held back ends the connection, and nothing else", async () => {
  const logged: unknown[] = [];
  const log = { error: (fields: unknown) => logged.push(fields), debug: () => undefined };
  const fault = new TypeError("of the test");
  const shared = { log, config: { packetBytesMax: 1_000 } };
  const stream = { pause: () => undefined, resume: () => undefined, end: () => undefined };
  const closes: string[] = [];
  class Faulty extends Reading {
    protected readonly version = 5;
    protected readonly packetBytesMax = 1_000;
    fail = () => undefined;
    closed = () => undefined;
    close = (name: string) => void closes.push(name);
    protected receive(): void {
      throw fault;
    }
  }
  const reading = new Faulty(stream as never, shared as never);
  reading.hold(Promise.reject(fault));
  reading.data(pingreq);
  expect(closes).toEqual([]);
  await new Promise((resolve) => setImmediate(resolve));
  // First that of the work, then that of the packet behind it.
  expect(closes).toEqual(["internal", "internal"]);
  expect(logged).toEqual([{ error: fault }, { error: fault }]);
});

test("a command that is refused while packets are held ends the connection with a reason, and is no fault", async () => {
  const stream = { pause: () => undefined, resume: () => undefined, end: () => undefined };
  const failures: number[] = [];
  class Held extends Reading {
    protected readonly version = 5;
    protected readonly packetBytesMax = 1_000;
    fail = (reason: number) => void failures.push(reason);
    closed = () => undefined;
    close = () => undefined;
    protected receive(): void {}
  }
  const reading = new Held(stream as never, { config: { packetBytesMax: 1_000 } } as never);
  reading.hold(Promise.reject(gone()));
  await new Promise((resolve) => setImmediate(resolve));
  expect(failures).toEqual([reasons.serverBusy]);
});
