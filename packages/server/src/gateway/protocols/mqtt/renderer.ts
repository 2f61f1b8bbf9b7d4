import { encodePropertyList, type PublishBody } from "./wire/writer.ts";
import type { Version } from "./wire/packets.ts";
import { renderEnvelope, renderMessage } from "./content.ts";
import type { Passing } from "./shared.ts";

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

  #render({ message }: Passing, topic: string, form: Form, version: Version): PublishBody {
    const render = form === "envelope" ? renderEnvelope : renderMessage;
    const { payload, properties } = render(message, this.#now());
    return {
      topic: Buffer.from(topic),
      properties: version === 5 ? encodePropertyList(properties) : noProperties,
      payload,
    };
  }
}
