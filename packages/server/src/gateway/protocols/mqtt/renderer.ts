import { encodePropertyList, piece, type PublishBody } from "./wire/writer.ts";
import type { Version } from "./wire/packets.ts";
import { payloadOf, propertiesOf, propertiesOfText } from "./content.ts";
import type { Properties } from "./wire/properties.ts";
import type { Passing } from "./passing.ts";

export type Form = "message" | "envelope";

const noProperties = Buffer.alloc(0);

/** Puts messages into PUBLISH packets. Of the newest event what is the same for all readers is kept: it goes to them one after the other. */
export class Renderer {
  readonly #now: () => number;
  #source: unknown;
  #topic = "";
  #form: Form = "message";
  #version: Version = 5;
  #body: PublishBody | undefined;

  constructor(now: () => number) {
    this.#now = now;
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
    const encode = (properties: () => Properties) =>
      version === 5 ? encodePropertyList(properties()) : noProperties;
    const text = form === "message" ? passing.text : undefined;
    if (text !== undefined) {
      const properties = encode(() => propertiesOfText(passing, this.#now()));
      return { topic, properties, payload: piece(text) };
    }
    const { message } = passing;
    const isEnvelope = form === "envelope";
    return {
      topic,
      properties: encode(() => propertiesOf(message, isEnvelope, this.#now())),
      payload: piece(isEnvelope ? JSON.stringify(message) : payloadOf(message)),
    };
  }
}
