import { encodePropertyList, piece, type PublishBody } from "./wire/writer.ts";
import type { Version } from "./wire/packets.ts";
import { payloadOf, propertiesOf, propertiesOfText } from "./content.ts";
import type { MessageEvent } from "../../../fanout/message.ts";
import { PassingEvent, type Passing } from "./passing.ts";

export type Form = "message" | "envelope";

const noProperties = Buffer.alloc(0);

/** Puts messages into PUBLISH packets. Of the newest event what is the same for all readers is kept: it goes to them one after the other. */
export class Renderer {
  readonly #now: () => number;
  #passing: PassingEvent | undefined;
  #source: unknown;
  #topic = "";
  #form: Form = "message";
  #version: Version = 5;
  #body: PublishBody | undefined;

  constructor(now: () => number) {
    this.#now = now;
  }

  passing(event: MessageEvent): Passing {
    if (this.#passing?.source !== event) this.#passing = new PassingEvent(event);
    return this.#passing;
  }

  body(passing: Passing, topic: string, form: Form, version: Version): PublishBody {
    const source = passing.source ?? passing.message;
    const same =
      this.#source === source &&
      this.#topic === topic &&
      this.#form === form &&
      this.#version === version;
    if (same && this.#body !== undefined) return this.#body;
    this.#source = source;
    this.#topic = topic;
    this.#form = form;
    this.#version = version;
    this.#body = this.#render(passing, topic, form, version);
    return this.#body;
  }

  #render(passing: Passing, name: string, form: Form, version: Version): PublishBody {
    const topic = piece(name);
    const hasProperties = version === 5;
    const text = form === "message" ? passing.text : undefined;
    if (text !== undefined) {
      const properties = hasProperties
        ? encodePropertyList(propertiesOfText(passing, this.#now()))
        : noProperties;
      return { topic, properties, payload: piece(text) };
    }
    const { message } = passing;
    const isEnvelope = form === "envelope";
    const properties = hasProperties
      ? encodePropertyList(propertiesOf(message, isEnvelope, this.#now()))
      : noProperties;
    const payload = piece(isEnvelope ? JSON.stringify(message) : payloadOf(message));
    return { topic, properties, payload };
  }
}
