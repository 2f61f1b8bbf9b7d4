import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Message } from "@godwit/protocol";
import { payloadOf, propertiesOf, readApp, readMessage } from "./content.ts";
import type { Properties } from "./wire/properties.ts";

const said = (payload: string | Uint8Array, properties?: Properties) => ({
  payload: Buffer.from(payload as string),
  retain: false,
  qos: 1 as const,
  properties,
});
const message = (more: Partial<Message>): Message => ({
  conversation: "d:alice:bob",
  seq: 3,
  id: 9,
  sender: "alice",
  device: "phone",
  clientId: "3b241101-e2bb-4255-8caf-4136c566a962",
  clientSeq: 1,
  time: 1_000,
  kind: "text",
  content: { text: "hello" },
  ...more,
});

describe("a PUBLISH as a message", () => {
  test("is a text unless it is more", () => {
    expect(readMessage(said("hello"), 0)).toEqual({ kind: "text", content: { text: "hello" } });
    expect(readMessage(said("{not json"), 0)).toMatchObject({ kind: "text" });
    expect(readMessage(said('{"a":1}'), 0)).toMatchObject({ kind: "text" });
    expect(readMessage(said("["), 0)).toMatchObject({ kind: "text" });
    expect(
      readMessage(said('{"kind":"image","content":{"url":"/a"},"replyTo":2,"sender":"eve"}'), 0),
    ).toEqual({
      kind: "image",
      content: { url: "/a" },
      replyTo: 2,
    });
    expect(readMessage(said(Buffer.from([255])), 0)).toEqual({
      kind: "custom",
      content: { base64: "/w==" },
    });
    expect(readMessage(said(""), 0)).toContain("empty");
    expect(readMessage(said(Buffer.from([255]), { payloadFormat: 1 }), 0)).toContain("UTF-8");
  });

  test("keeps its properties, and takes some as fields of the message", () => {
    const properties: Properties = {
      contentType: "text/plain",
      correlationData: Buffer.from([1]),
      messageExpiryS: 5,
      user: [
        ["client-id", "3b241101-e2bb-4255-8caf-4136c566a962"],
        ["reply-to", "7"],
        ["priority", "important"],
        ["k", "v"],
      ],
    };
    expect(readMessage(said("x", properties), 1_000)).toEqual({
      kind: "text",
      content: {
        text: "x",
        mqtt: { contentType: "text/plain", correlationData: "AQ==", user: [["k", "v"]] },
      },
      clientId: "3b241101-e2bb-4255-8caf-4136c566a962",
      replyTo: 7,
      priority: "important",
      expiresAt: 6_000,
    });
  });

  test("JSON deeper than content may be is a text, and never an error", () => {
    const deep = `{"kind":"custom","content":${"[".repeat(50_000)}${"]".repeat(50_000)}}`;
    expect(readMessage(said(deep), 0)).toMatchObject({ kind: "text" });
  });
});

describe("a message as a PUBLISH", () => {
  test("whatever was published comes out as it was", () => {
    const name = fc
      .string({ unit: "grapheme", maxLength: 10 })
      .filter(
        (text) =>
          text.isWellFormed() &&
          !text.includes("\0") &&
          !["client-id", "priority", "reply-to"].includes(text),
      );
    const properties = fc.record(
      {
        contentType: name,
        correlationData: fc.uint8Array({ maxLength: 9 }),
        user: fc.array(fc.tuple(name, name), { minLength: 1, maxLength: 3 }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), properties, (payload, given) => {
        for (const draft of [
          readMessage(said(payload, given), 0),
          readApp("app/alice/t", said(payload, given), 0),
        ]) {
          if (typeof draft === "string") throw new Error(draft);
          const { kind, content } = draft;
          const conversation = "topic" in content ? "c:0:abcdefgh" : "d:alice:bob";
          const stored = message({
            kind,
            content: JSON.parse(JSON.stringify(content)),
            conversation,
          });
          expect(payloadOf(stored)).toEqual(Buffer.from(payload));
          const out = propertiesOf(stored, false, 0);
          expect(out.contentType).toBe(given.contentType as never);
          expect(out.correlationData && Buffer.from(out.correlationData)).toEqual(
            (given.correlationData && Buffer.from(given.correlationData)) as never,
          );
          expect(out.user?.slice(3)).toEqual((given.user ?? []) as never);
        }
      }),
    );
  });

  test("an application topic passes on whether the payload was said to be text; texts of conversations are", () => {
    const topic = "app/alice/t";
    const formatOf = (draft: ReturnType<typeof readApp>, conversation: string) => {
      if (typeof draft === "string") throw new Error(draft);
      const { kind, content } = draft;
      return propertiesOf(message({ kind, content, conversation }), false, 0).payloadFormat;
    };
    const app = (properties?: Properties) =>
      formatOf(readApp(topic, said("21.5", properties), 0), "c:0:abcdefgh");
    expect(app({ payloadFormat: 1 })).toBe(1);
    for (const without of [undefined, {}, { payloadFormat: 0 }, { contentType: "text/plain" }])
      expect(app(without)).toBeUndefined();
    expect(formatOf(readMessage(said("hello"), 0), "d:alice:bob")).toBe(1);
    // Whoever claims it of other bytes by another protocol is not believed.
    const claimed = { topic, base64: "/w==", mqtt: { payloadFormat: 1 } };
    const draft = { kind: "custom" as const, content: claimed };
    expect(formatOf(draft, "c:0:abcdefgh")).toBeUndefined();
  });

  test("content that others put together is never an error", () => {
    const anything = fc.record(
      { text: fc.anything(), base64: fc.anything(), topic: fc.anything(), mqtt: fc.anything() },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(anything, fc.constantFrom("text" as const, "custom" as const), (parts, kind) => {
        let content: Message["content"];
        try {
          content = JSON.parse(JSON.stringify(parts)) as Message["content"];
        } catch {
          // What JSON cannot say does not come.
          return;
        }
        const stored = message({ kind, content, conversation: "c:0:abcdefgh" });
        expect(payloadOf(stored)).toBeInstanceOf(Buffer);
        propertiesOf(stored, false, 0);
        propertiesOf(stored, true, 0);
      }),
    );
  });
});
