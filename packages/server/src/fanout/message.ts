import type { Codec, ServerFrame } from "@godwit/protocol";
import { toWire } from "../conversations/wire.ts";
import type { Outgoing } from "../hub/outgoing.ts";
import type { StoredMessage } from "../store/port.ts";

/**
 * A message committed just now, on its way to its readers. In the JSON codec the content is the text that the store keeps, spliced in without
 * being parsed: the ids around it are of alphabets that need no escaping (see `ids.ts` of the protocol).
 */
export class MessageEvent implements Outgoing {
  readonly message: StoredMessage;
  #frame: ServerFrame | undefined;
  #json: string | undefined;
  #binary: string | Uint8Array | undefined;

  constructor(message: StoredMessage) {
    this.message = message;
  }

  encode(codec: Codec): string | Uint8Array {
    if (codec.name === "json") return (this.#json ??= jsonText(this.message));
    return (this.#binary ??= codec.encodeServer(this.frame));
  }

  get frame(): ServerFrame {
    return (this.#frame ??= {
      type: "message",
      message: toWire(this.message, this.message.time),
    });
  }
}

function jsonText(message: StoredMessage): string {
  let text =
    `{"type":"message","message":{"conversation":"${message.conversation}","seq":${message.seq},"id":${message.id},` +
    `"sender":"${message.sender}","device":"${message.device}","clientId":"${message.clientId}","clientSeq":${message.clientSeq},` +
    `"time":${message.time},"kind":"${message.kind}","content":${message.content}`;
  if (message.priority === "important") text += ',"priority":"important"';
  if (message.mentions !== undefined) text += `,"mentions":${JSON.stringify(message.mentions)}`;
  if (message.replyTo !== undefined) text += `,"replyTo":${message.replyTo}`;
  if (message.expiresAt !== undefined) text += `,"expiresAt":${message.expiresAt}`;
  return `${text}}}`;
}
