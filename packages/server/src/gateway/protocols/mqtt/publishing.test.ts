import { expect, test } from "bun:test";
import type { CommandFrame } from "@godwit/protocol";
import { gone } from "./commands.ts";
import { Inbound } from "./inbound.ts";
import { CommandRefused } from "./link.ts";
import { Publishing } from "./publishing.ts";
import { MqttSession } from "./session.ts";
import type { Publish } from "./wire/packets.ts";

const packetId = 2;

/** A message that was stored under a lap of before, and its acknowledgement lost. */
function acknowledged(): { readonly session: MqttSession; readonly clientSeq: number } {
  const session = new MqttSession("bob", "phone");
  const inbound = new Inbound("0f4b2c6e-1d3a-4f5b-9c7d-", 0);
  session.inbound = inbound;
  inbound.turn();
  const use = inbound.begin(packetId, 1, {}, false);
  inbound.acknowledge(use);
  inbound.turn();
  return { session, clientSeq: use.clientSeq };
}

/** A connection that ends while the packet is being worked on. */
class EndingLink {
  readonly session: MqttSession;
  readonly shared = {
    config: { receiveMax: 256, topicAliasMax: 0, topicBytesMax: 100, topicLevelsMax: 10 },
    clock: { now: () => 0 },
  };
  readonly terms = { version: 5, wantsReasons: false };
  over = false;
  readonly publishing: Publishing;

  constructor(session: MqttSession) {
    this.session = session;
    this.publishing = new Publishing(this as never);
  }

  command(): Promise<never> {
    this.over = true;
    return Promise.reject(gone());
  }

  /** As with a token that has expired. */
  dispatch({ id }: CommandFrame): void {
    this.publishing.replied({ ...gone().frame, id: id as number });
    this.over = true;
  }

  hold(work: Promise<void>): void {
    work.catch((error: unknown) => {
      if (!(error instanceof CommandRefused)) throw error;
    });
  }
}

for (const topic of ["app/bob/lamp", "g/c/d:alice:bob"])
  test(`a packet for ${topic} whose connection ends before it is answered is known again`, async () => {
    const { session, clientSeq } = acknowledged();
    const { publishing } = new EndingLink(session);
    const packet = { type: "publish", qos: 1, dup: true, retain: false, packetId, topic };
    publishing.publish({ ...packet, payload: Buffer.from("on") } as unknown as Publish);
    await new Promise<void>((resolve) => setImmediate(resolve));
    expect(session.inbound?.find(packetId)).toMatchObject({ clientSeq, state: "pending" });
  });
