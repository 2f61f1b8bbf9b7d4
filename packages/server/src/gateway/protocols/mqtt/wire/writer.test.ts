import { describe, expect, test } from "bun:test";
import { parser, type Packet } from "mqtt-packet";
import { reasons } from "./codes.ts";
import * as write from "./writer.ts";

/** What another parser reads. */
function judged(bytes: Uint8Array, protocolVersion: 4 | 5): Packet {
  const judge = parser({ protocolVersion });
  const packets: Packet[] = [];
  judge.on("packet", (packet) => packets.push(packet));
  judge.on("error", (error: unknown) => {
    throw error;
  });
  expect(judge.parse(Buffer.from(bytes))).toBe(0);
  expect(packets).toHaveLength(1);
  return packets[0] as Packet;
}

describe("packets of the server", () => {
  test("CONNACK with what a client must know", () => {
    expect(judged(write.connack(4, true, 0, { receiveMax: 3 }), 4)).toMatchObject({
      cmd: "connack",
      sessionPresent: true,
      returnCode: 0,
    });
    const properties = {
      sessionExpiryS: 0xffff_fffe,
      assignedClientId: "mqtt-é",
      serverKeepAliveS: 60,
      responseInformation: "g/u/a",
      reasonString: "why",
      receiveMax: 256,
      topicAliasMax: 64,
      packetBytesMax: 262_144,
    };
    expect(judged(write.connack(5, false, reasons.serverBusy, properties), 5)).toMatchObject({
      cmd: "connack",
      sessionPresent: false,
      reasonCode: reasons.serverBusy,
      properties: {
        sessionExpiryInterval: 0xffff_fffe,
        assignedClientIdentifier: "mqtt-é",
        serverKeepAlive: 60,
        responseInformation: "g/u/a",
        reasonString: "why",
        receiveMaximum: 256,
        topicAliasMaximum: 64,
        maximumPacketSize: 262_144,
      },
    });
  });

  test("acknowledgements are four bytes where they say nothing more", () => {
    for (const type of ["puback", "pubrec", "pubrel", "pubcomp"] as const) {
      const plain = write.acknowledgement(type, 0x1234);
      expect(plain).toHaveLength(4);
      expect(judged(plain, 4)).toMatchObject({ cmd: type, messageId: 0x1234 });
    }
    const refused = write.acknowledgement("puback", 7, reasons.notAuthorized, {
      reasonString: "no",
    });
    expect(judged(refused, 5)).toMatchObject({
      cmd: "puback",
      messageId: 7,
      reasonCode: reasons.notAuthorized,
      properties: { reasonString: "no" },
    });
  });

  test("SUBACK, UNSUBACK, PINGRESP and DISCONNECT", () => {
    expect(judged(write.suback(4, 1, [0, 1, 2, 0x80]), 4)).toMatchObject({
      granted: [0, 1, 2, 0x80],
    });
    expect(judged(write.suback(5, 1, [2, 0x87], { reasonString: "no" }), 5)).toMatchObject({
      granted: [2, 0x87],
      properties: { reasonString: "no" },
    });
    expect(judged(write.unsuback(4, 9, [0]), 4)).toMatchObject({ cmd: "unsuback", messageId: 9 });
    expect(judged(write.unsuback(5, 9, [0, 0x11]), 5)).toMatchObject({ granted: [0, 0x11] });
    expect(judged(write.pingresp, 4)).toMatchObject({ cmd: "pingresp" });
    expect(
      judged(write.disconnect(reasons.sessionTakenOver, { reasonString: "x" }), 5),
    ).toMatchObject({
      cmd: "disconnect",
      reasonCode: reasons.sessionTakenOver,
    });
  });

  test("PUBLISH, with what is common to all readers and what is one's own", () => {
    const body = {
      topic: write.piece("g/c/d:a:b"),
      properties: write.encodePropertyList({
        user: [
          ["k", "1"],
          ["k", "2"],
        ],
        contentType: "text/plain",
      }),
      payload: write.piece(Buffer.alloc(20_000, "x")),
    };
    const head = {
      qos: 2,
      dup: true,
      retain: true,
      packetId: 700,
      alias: write.noAlias,
    } as const;
    const plain = { ...body, properties: Buffer.alloc(0) };
    expect(
      judged(write.publish(plain, { ...head, version: 4, subscriptionIds: undefined }), 4),
    ).toMatchObject({
      topic: "g/c/d:a:b",
      qos: 2,
      dup: true,
      retain: true,
      messageId: 700,
      payload: body.payload.content,
    });
    const own = {
      ...head,
      version: 5,
      alias: { number: 3, isKnown: false },
      subscriptionIds: [1, 20_000],
    } as const;
    const first = judged(write.publish(body, own), 5) as unknown as {
      topic: string;
      properties: object;
    };
    expect(first.topic).toBe("g/c/d:a:b");
    expect(first.properties).toMatchObject({
      topicAlias: 3,
      contentType: "text/plain",
      subscriptionIdentifier: [1, 20_000],
      userProperties: { k: ["1", "2"] },
    });
    const later = judged(
      write.publish(body, { ...own, alias: { number: 3, isKnown: true } }),
      5,
    ) as unknown as {
      topic: string;
    };
    expect(later.topic).toBe("");
    const q0 = judged(
      write.publish(plain, {
        ...head,
        version: 4,
        qos: 0,
        dup: false,
        packetId: 0,
        subscriptionIds: undefined,
      }),
      4,
    );
    expect(q0).toMatchObject({ qos: 0, payload: body.payload.content });
  });

  test("writes texts as they are, and long ones too", () => {
    for (const text of ["short", "ümläut", "日本語", "é".repeat(300), "x".repeat(300), ""]) {
      const body = {
        topic: write.piece("g/u/ö"),
        properties: Buffer.alloc(0),
        payload: write.piece(text),
      };
      const head = { qos: 1, dup: false, retain: false, packetId: 7 } as const;
      const packet = write.publish(body, {
        ...head,
        version: 4,
        alias: write.noAlias,
        subscriptionIds: undefined,
      });
      expect(judged(packet, 4)).toMatchObject({ topic: "g/u/ö", payload: Buffer.from(text) });
    }
  });

  test("varints at their bounds", () => {
    for (const value of [0, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152, 268_435_455]) {
      const out = Buffer.alloc(4);
      expect(write.writeVarint(out, 0, value)).toBe(write.varintBytes(value));
    }
  });
});
