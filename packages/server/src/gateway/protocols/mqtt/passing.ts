import type { Message, ServerFrame } from "@godwit/protocol";
import { MessageEvent } from "../../../fanout/message.ts";
import type { Outgoing } from "../../../hub/outgoing.ts";
import type { Clock } from "../../../lib/clock.ts";

/** A message on its way to a client, live or read from the store. */
export interface Passing {
  readonly conversation: string;
  readonly seq: number;
  readonly id: number;
  readonly sender: string;
  readonly time: number;
  readonly expiresAt?: number | undefined;
  /** Its text, where it says nothing more than that and does not need to be parsed to tell. */
  readonly text: string | undefined;
  /** Parsed on first use. */
  readonly message: Message;
  /** What it came as, so that readers of the same event share what is rendered of it. */
  readonly source: Outgoing | undefined;
}

/** A message committed just now. */
export class PassingEvent implements Passing {
  readonly source: MessageEvent;
  readonly conversation: string;
  readonly seq: number;
  readonly id: number;
  readonly sender: string;

  constructor(source: MessageEvent) {
    const { conversation, seq, id, sender } = source.message;
    this.source = source;
    this.conversation = conversation;
    this.seq = seq;
    this.id = id;
    this.sender = sender;
  }

  get time(): number {
    return this.source.message.time;
  }

  get expiresAt(): number | undefined {
    return this.source.message.expiresAt;
  }

  get text(): string | undefined {
    const { kind, content } = this.source.message;
    return kind === "text" ? plainText(content) : undefined;
  }

  get message(): Message {
    return messageOf(this.source.frame);
  }
}

/** A message that a session brings again. */
export function ofFrame(outgoing: Outgoing): Passing {
  return { ...passingOf(messageOf(outgoing.frame)), source: outgoing };
}

/** A message that came as none. */
export function passingOf(message: Message): Passing {
  const { conversation, seq, id, sender, time, expiresAt } = message;
  const fields = { conversation, seq, id, sender, time, expiresAt };
  return { ...fields, text: undefined, message, source: undefined };
}

/** Whether nothing but its place is left of it. */
export function isExpired({ kind, content }: Message): boolean {
  return kind === "system" && content["event"] === "expired";
}

/** Whether its time is over: it may have waited for the client for too long (MQTT 5.0 section 3.3.2.3.3). */
export function isOver(passing: Passing, clock: Pick<Clock, "now">): boolean {
  if (!(passing.source instanceof MessageEvent)) return isExpired(passing.message);
  const { expiresAt } = passing;
  return expiresAt !== undefined && expiresAt <= clock.now();
}

const textStart = '{"text":"';
const textEnd = '"}';

/** The text in a content of nothing else and without escapes, as the store keeps it. */
function plainText(content: string): string | undefined {
  if (!content.startsWith(textStart) || content.includes("\\")) return undefined;
  const end = content.indexOf('"', textStart.length);
  return end === content.length - textEnd.length ? content.slice(textStart.length, end) : undefined;
}

function messageOf(frame: ServerFrame): Message {
  if (frame.type !== "message" || !("message" in frame))
    throw new TypeError(`A ${frame.type} is no message.`);
  return frame.message;
}
