/** Every protocol in one conversation: what one says all hear, once, in the same order, whatever they speak; and what one of them has missed waits for it. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Message } from "@godwit/protocol";
import { Actor, type Venue } from "./actor.ts";
import { Thing, portOf as mqttPort } from "./mqtt/kit.ts";
import { setStage, token, type Stage } from "./stage.ts";
import type { Way } from "./way.ts";
import { ways } from "./ways.ts";
import { bodyOf, child, Player, portOf as xmppPort, space } from "./xmpp/kit.ts";

interface Line {
  readonly text: string;
  readonly sender: string;
  readonly seq: number;
}

/** Somebody in the conversation, whatever is spoken. */
interface Member {
  readonly user: string;
  says(text: string): Promise<unknown>;
  /** The next message of the conversation. */
  hears(): Promise<Line>;
  /** What was heard and is not expected, once everything that the server had to say has come. */
  leftovers(): Promise<readonly unknown[]>;
  /** Loses the connection without a word. */
  cut(): Promise<unknown>;
  returns(): Promise<unknown>;
}

const title = "Everybody";
const founder = "ada";

/** Not what the server notes of the group, such as who came in. */
const isText = (message: unknown) => (message as Message).kind === "text";
const isNote = (payload: string) => payload.startsWith('{"kind":"system"');

class Native implements Member {
  readonly actor: Actor;
  readonly #conversation: string;

  constructor(actor: Actor, conversation: string) {
    this.actor = actor;
    this.#conversation = conversation;
  }

  get user(): string {
    return this.actor.user;
  }

  says(text: string) {
    return this.actor.says(this.#conversation, text);
  }

  async hears(): Promise<Line> {
    const { message } = await this.actor.hears("message", (event) => isText(event.message));
    return { text: String(message.content["text"]), sender: message.sender, seq: message.seq };
  }

  async leftovers() {
    const frames = await this.actor.leftovers();
    return frames.filter((frame) => "message" in frame && isText(frame.message));
  }

  cut() {
    return this.actor.cut();
  }

  returns() {
    return this.actor.resume();
  }
}

class Device implements Member {
  readonly user: string;
  readonly #stage: Stage;
  readonly #topic: string;
  #thing!: Thing;

  constructor(stage: Stage, user: string, conversation: string) {
    this.#stage = stage;
    this.user = user;
    this.#topic = `g/c/${conversation}`;
  }

  async returns(): Promise<void> {
    this.#thing = await Thing.open(`mqtt://127.0.0.1:${mqttPort(this.#stage)}`, {
      username: this.user,
      password: await token(this.user),
      clientId: `${this.user}-thing`,
      protocolVersion: 5,
      clean: false,
      properties: { sessionExpiryInterval: 3_600 },
    });
  }

  async enters(): Promise<this> {
    await this.returns();
    await this.#thing.client.subscribeAsync(this.#topic, { qos: 2, nl: true });
    return this;
  }

  says(text: string) {
    return this.#thing.client.publishAsync(this.#topic, text, { qos: 2 });
  }

  async hears(): Promise<Line> {
    const { text, packet } = await this.#thing.hears((heard) => !isNote(heard.text));
    const facts = packet.properties?.userProperties as Record<string, string>;
    return { text, sender: facts["sender"] ?? "", seq: Number(facts["seq"]) };
  }

  async leftovers() {
    const heard = await this.#thing.leftovers();
    return heard.filter(({ text }) => !isNote(text));
  }

  cut() {
    return this.#thing.cut();
  }
}

class Desktop implements Member {
  readonly user: string;
  readonly #player: Player;
  readonly #room: string;
  /** Its own messages come back from the room. */
  #own: string[] = [];

  constructor(stage: Stage, user: string, conversation: string) {
    this.user = user;
    this.#player = new Player(() => xmppPort(stage), user);
    this.#room = `${conversation.replaceAll(":", "\\3a")}@conference.localhost`;
  }

  async enters(): Promise<this> {
    await this.#player.enter();
    this.#player.write(
      `<presence to="${this.#room}/${this.user}"><x xmlns="http://jabber.org/protocol/muc"/></presence>`,
    );
    await this.#player.hears((each) => child(each, "subject", space.client) !== undefined);
    return this;
  }

  async says(text: string) {
    this.#own.push(text);
    this.#player.says(this.#room, text, { type: "groupchat" });
    await this.#player.settled();
  }

  async hears(): Promise<Line> {
    const message = await this.#player.hears((each) => bodyOf(each) !== undefined);
    const text = bodyOf(message) as string;
    if (this.#own[0] === text) {
      this.#own.shift();
      return this.hears();
    }
    const seq = Number(child(message, "stanza-id", space.sid)?.attrs["id"]);
    return { text, sender: (message.attrs["from"] ?? "").split("/")[1] ?? "", seq };
  }

  async leftovers() {
    await this.#player.settled();
    const heard = this.#player.unasked.flatMap((each) => bodyOf(each) ?? []);
    return heard.filter((text) => !this.#own.includes(text));
  }

  cut() {
    return this.#player.cut();
  }

  async returns() {
    expect((await this.#player.resume()).name).toBe("resumed");
  }
}

describe("one group, every protocol", () => {
  let stage: Stage;
  let members: Member[];
  let conversation: string;
  const venue = (way: Way): Venue => ({
    way,
    get url() {
      return stage.url;
    },
    get ports() {
      return stage.ports;
    },
  });
  beforeAll(async () => {
    stage = await setStage({
      settings: {
        ...Object.assign({}, ...ways.map(({ settings }) => settings)),
        "mqtt.enabled": true,
        "mqtt.port": 0,
        "xmpp.enabled": true,
        "xmpp.port": 0,
        "xmpp.plainWithoutTls": true,
      },
    });
    const natives = ways.map(
      (way, at) => new Actor(venue(way), at === 0 ? founder : `native${at}`),
    );
    for (const actor of natives) await actor.connect();
    const [first, ...others] = natives as [Actor, ...Actor[]];
    ({ id: conversation } = await first.founds(others, { title }));
    // Accounts come into being with their first token.
    for (const user of ["sensor", "desktop"]) await stage.http(user, "users", { ids: [user] });
    await first.call("invite", { conversation, users: ["sensor", "desktop"] });
    members = [
      ...natives.map((actor) => new Native(actor, conversation)),
      await new Device(stage, "sensor", conversation).enters(),
      await new Desktop(stage, "desktop", conversation).enters(),
    ];
  });
  afterAll(() => stage.close());

  test("what each says all others hear once, from the same sender and under the same number", async () => {
    for (const speaker of members) {
      const text = `${speaker.user} is here`;
      await speaker.says(text);
      const heard = await Promise.all(
        members.filter((member) => member !== speaker).map((member) => member.hears()),
      );
      const [{ seq }] = heard as [Line];
      for (const line of heard) expect(line).toEqual({ text, sender: speaker.user, seq });
    }
  });

  test("when all speak at once, all hear the same order, with nothing lost and nothing twice", async () => {
    const rounds = 20;
    const said: Promise<unknown>[] = [];
    for (let round = 0; round < rounds; round++)
      for (const member of members) said.push(member.says(`${member.user} ${round}`));
    await Promise.all(said);
    const expected = rounds * (members.length - 1);
    const orders = await Promise.all(
      members.map(async (member) => {
        const lines: Line[] = [];
        while (lines.length < expected) lines.push(await member.hears());
        return lines;
      }),
    );
    const whole = new Map<number, string>();
    for (const lines of orders) {
      const seqs = lines.map(({ seq }) => seq);
      expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
      for (const { seq, text } of lines) {
        expect(whole.get(seq) ?? text).toBe(text);
        whole.set(seq, text);
      }
    }
    expect(new Set(whole.values()).size).toBe(rounds * members.length);
    for (const member of members) expect(await member.leftovers()).toEqual([]);
  });

  test("who was cut off hears on return what the others said meanwhile, once, in order", async () => {
    for (const absent of members) {
      const speakers = members.filter((member) => member !== absent);
      await absent.cut();
      const texts = speakers.map(({ user }) => `${user} while ${absent.user} is away`);
      for (const [at, speaker] of speakers.entries()) {
        await speaker.says(texts[at] as string);
        for (const other of speakers)
          if (other !== speaker) expect((await other.hears()).text).toBe(texts[at] as string);
      }
      await absent.returns();
      for (const text of texts) expect((await absent.hears()).text).toBe(text);
      expect(await absent.leftovers()).toEqual([]);
    }
  });
});
