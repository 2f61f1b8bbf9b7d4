/** What a PUBLISH says as the content of a message, and a message as what a PUBLISH says. */
import { isUtf8 } from "node:buffer";
import { limits, parseJson, type Content, type Message, type Params } from "@godwit/protocol";
import type { Payload, Publish, Qos, Will } from "./wire/packets.ts";
import type { Properties } from "./wire/properties.ts";

type Send = Params<"send">;
/** A message to be sent, but for where to and as which. */
export type Draft = Pick<Send, "kind" | "content"> &
  Partial<Pick<Send, "clientId" | "priority" | "mentions" | "replyTo" | "expiresAt">>;

/** Properties of MQTT that a message keeps beside its content, under `mqtt`. */
interface Kept {
  /** On application topics, that the publisher said so: in a conversation a text is one, whoever has written it. */
  readonly payloadFormat?: 1;
  readonly contentType?: string;
  readonly responseTopic?: string;
  /** Base64. */
  readonly correlationData?: string;
  readonly user?: readonly (readonly [string, string])[];
}

type Said = Pick<Publish, "payload" | "retain" | "qos"> & {
  readonly properties?: Properties | undefined;
};

/** User properties that are read as fields of the message, and not passed on. */
const fieldNames: ReadonlySet<string> = new Set(["client-id", "priority", "reply-to"]);

/**
 * A message to a conversation. A JSON object with `kind` and `content` is taken as the fields of a `send`; any other text is a text message; other bytes are a
 * custom one with `base64`. A text says what is wrong.
 */
export function readMessage(said: Said, nowMs: number): Draft | string {
  const { payload, properties } = said;
  if (payload.length === 0) return "A message to a conversation must not be empty.";
  // Most messages: nothing to be looked at.
  if (properties === undefined && typeof payload === "string" && !payload.startsWith("{"))
    return { kind: "text", content: { text: payload } };
  const more = { ...readFields(properties), ...expiry(properties, nowMs) };
  const kept = keptOf(properties);
  const { text, base64 } = readPayload(payload);
  if (text === undefined) {
    if (properties?.payloadFormat === 1) return "The payload is not UTF-8.";
    return { kind: "custom", content: { base64, ...kept }, ...more };
  }
  const object = text.startsWith("{") ? readObject(text) : undefined;
  if (object === undefined) return { kind: "text", content: { text, ...kept }, ...more };
  const content = kept === undefined ? object.content : { ...object.content, ...kept };
  return { ...more, ...object, content };
}

/** As text, if it is any. */
function readPayload(
  payload: Payload,
):
  | { readonly text: string; readonly base64?: never }
  | { readonly text?: never; readonly base64: string } {
  if (typeof payload === "string") return { text: payload };
  return isUtf8(payload)
    ? { text: payload.toString("utf8") }
    : { base64: payload.toString("base64") };
}

/** The JSON form; undefined if it is something else. What is wrong with the fields the command's own check tells. */
function readObject(text: string): Draft | undefined {
  let value: unknown;
  try {
    value = parseJson(text, limits.contentDepthMax + 1);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const { kind, content, clientId, priority, mentions, replyTo, expiresAt } =
    value as Partial<Send>;
  if (typeof kind !== "string" || typeof content !== "object" || content === null) return undefined;
  const more = { clientId, priority, mentions, replyTo, expiresAt };
  for (const [name, field] of Object.entries(more))
    if (field === undefined) delete more[name as keyof typeof more];
  return { kind, content, ...more } as Draft;
}

/** A message on an application topic: what was published, as it was. */
export function readApp(topic: string, said: Said, nowMs: number): Draft | string {
  const { payload, properties, retain, qos } = said;
  const read = readPayload(payload);
  if (read.text === undefined && properties?.payloadFormat === 1)
    return "The payload is not UTF-8.";
  const content: Content = {
    topic,
    ...read,
    ...(retain ? { retain } : {}),
    // Readers get it with this QoS at most (MQTT 5.0 section 3.8.4).
    ...(qos < 2 ? { qos } : {}),
    ...keptOf(properties, properties?.payloadFormat === 1 ? { payloadFormat: 1 } : {}),
  };
  return { kind: "custom", content, ...readFields(properties), ...expiry(properties, nowMs) };
}

function readFields(properties: Properties | undefined): Partial<Draft> {
  const fields: Record<string, unknown> = {};
  for (const [name, value] of properties?.user ?? []) {
    if (name === "client-id") fields["clientId"] = value;
    else if (name === "priority") fields["priority"] = value;
    else if (name === "reply-to") fields["replyTo"] = Number(value);
  }
  return fields;
}

function expiry(properties: Properties | undefined, nowMs: number): { expiresAt?: number } {
  if (properties?.messageExpiryS === undefined) return {};
  return { expiresAt: nowMs + Math.max(1, properties.messageExpiryS) * 1_000 };
}

function keptOf(
  properties: Properties | undefined,
  format: Pick<Kept, "payloadFormat"> = {},
): { mqtt: Kept } | undefined {
  if (properties === undefined) return undefined;
  const { contentType, responseTopic, correlationData } = properties;
  const user = properties.user?.filter(([name]) => !fieldNames.has(name)) ?? [];
  const kept: Kept = {
    ...format,
    ...(contentType === undefined ? {} : { contentType }),
    ...(responseTopic === undefined ? {} : { responseTopic }),
    ...(correlationData === undefined
      ? {}
      : { correlationData: Buffer.from(correlationData).toString("base64") }),
    ...(user.length === 0 ? {} : { user }),
  };
  return Object.keys(kept).length === 0 ? undefined : { mqtt: kept };
}

/** What a will says, in the form of a PUBLISH. */
export function saidByWill({ payload, retain, qos, properties }: Will): Said {
  return { payload, retain, qos, properties };
}

/** The form that a message's content has in a PUBLISH: as it was published, or JSON for what MQTT has no form of its own for. */
function formOf(message: Message): "text" | "base64" | "json" {
  const { kind, content } = message;
  if (typeof content["text"] === "string") {
    if (appTopic(message) !== undefined) return "text";
    let others = 0;
    for (const name in content) if (name !== "text" && name !== "mqtt") others++;
    if (kind === "text" && others === 0) return "text";
  }
  return kind === "custom" && typeof content["base64"] === "string" ? "base64" : "json";
}

/** The payload as the sender published it, or JSON `{kind, content}`. */
export function payloadOf(message: Message): Buffer {
  const { kind, content } = message;
  const form = formOf(message);
  if (form === "text") return Buffer.from(content["text"] as string);
  if (form === "base64") return Buffer.from(content["base64"] as string, "base64");
  const { mqtt: _, ...said } = content;
  return Buffer.from(JSON.stringify({ kind, content: said }));
}

/** The properties beside the payload. The inbox has the whole message as JSON, because there the topic does not say where it belongs. */
export function propertiesOf(message: Message, isEnvelope: boolean, nowMs: number): Properties {
  const left = timeLeft(message, nowMs);
  if (isEnvelope) return { payloadFormat: 1, contentType: json, ...left };
  const { payloadFormat, ...kept } = readKept(message.content["mqtt"]);
  const user = kept.user === undefined ? facts(message) : [...facts(message), ...kept.user];
  const said = { ...kept, ...left, user };
  const form = formOf(message);
  if (form === "base64") return said;
  if (form === "json") return { contentType: json, ...said, payloadFormat: 1 };
  // MQTT 5.0 section 3.3.2.3.2: as its publisher said. A text message is text by its kind.
  if (message.kind === "custom" && payloadFormat !== 1) return said;
  return { ...said, payloadFormat: 1 };
}

const json = "application/json";

/** The same for a text that says nothing more. */
export function propertiesOfText(text: Facts, nowMs: number): Properties {
  return { ...timeLeft(text, nowMs), user: facts(text), payloadFormat: 1 };
}

type Facts = Pick<Message, "sender" | "seq" | "time"> & { readonly expiresAt?: number | undefined };

/** What every reader may want to know, as user properties. */
function facts({ sender, seq, time }: Facts): (readonly [string, string])[] {
  return [
    ["sender", sender],
    ["seq", String(seq)],
    ["time", String(time)],
  ];
}

function timeLeft({ expiresAt }: Pick<Facts, "expiresAt">, nowMs: number): Properties {
  if (expiresAt === undefined) return {};
  return { messageExpiryS: Math.max(1, Math.ceil((expiresAt - nowMs) / 1_000)) };
}

/** Properties kept with a message. Whoever sent it by another protocol may have put anything there: what is not as we write it is left out. */
function readKept(mqtt: unknown): Properties {
  if (typeof mqtt !== "object" || mqtt === null) return {};
  const { payloadFormat, contentType, responseTopic, correlationData, user } = mqtt as Record<
    string,
    unknown
  >;
  const kept: Properties = {};
  if (payloadFormat === 1) kept.payloadFormat = payloadFormat;
  if (isText(contentType)) kept.contentType = contentType;
  if (isText(responseTopic) && !/[+#]/.test(responseTopic)) kept.responseTopic = responseTopic;
  if (isText(correlationData)) kept.correlationData = Buffer.from(correlationData, "base64");
  if (Array.isArray(user) && user.length <= 64) {
    kept.user = user.filter(
      (pair): pair is [string, string] =>
        Array.isArray(pair) && pair.length === 2 && isText(pair[0]) && isText(pair[1]),
    );
  }
  return kept;
}

/** Section 1.5.4: at most 65,535 bytes, and no null character. */
function isText(value: unknown): value is string {
  return typeof value === "string" && value.length <= 21_845 && !value.includes("\u0000");
}

/** The application topic that a message was published to, if it claims one; whether its conversation is that of the topic's owner is the caller's to ask. */
export function appTopic({ kind, conversation, content }: Message): string | undefined {
  if (kind !== "custom" || !conversation.startsWith("c:")) return undefined;
  const { topic } = content;
  return isText(topic) && topic.startsWith("app/") && !/[+#]/.test(topic) ? topic : undefined;
}

/** The QoS that a message on an application topic has at most: that of its PUBLISH (MQTT 5.0 section 3.8.4). */
export function qosMaxOf({ content: { qos } }: Message): Qos {
  return qos === 0 || qos === 1 ? qos : 2;
}
