import type { Group, Sent } from "@godwit/client";
import type { RunningServer } from "@godwit/server";
import { Bot } from "./bot.ts";
import { cast, host, places, type CastUser, type Place } from "./cast.ts";

const placeNames = Object.keys(places) as Place[];

/** The bots together, and the groups that they meet in. */
export class Troupe {
  readonly bots: ReadonlyMap<CastUser, Bot>;
  readonly #server: Pick<RunningServer, "accounts" | "url">;
  #groups = new Map<Place, Group>();

  constructor(server: Pick<RunningServer, "accounts" | "url">) {
    this.#server = server;
    const { users } = server.accounts;
    this.bots = new Map(
      cast.map((persona) => [
        persona.user,
        new Bot(persona, server.url, async () => (await users.issueToken(persona.user)).token),
      ]),
    );
  }

  /** Makes the accounts that are missing, connects everybody, and founds the groups that are missing. */
  async gather(): Promise<void> {
    const { users } = this.#server.accounts;
    for (const { user, name } of cast)
      if ((await users.get(user)) === undefined) await users.create({ user, name });
    await Promise.all([...this.bots.values()].map((bot) => bot.come()));
    await this.#found();
  }

  bot(user: CastUser): Bot {
    const bot = this.bots.get(user);
    if (bot === undefined) throw new Error(`${user} is not of the cast.`);
    return bot;
  }

  get host(): Bot {
    return this.bot(host.user);
  }

  /** The host's handle on a group or channel. */
  place(place: Place): Group {
    const group = this.#groups.get(place);
    if (group === undefined) throw new Error(`${place} is used before the troupe has gathered.`);
    return group;
  }

  isPlace(conversation: string): boolean {
    return [...this.#groups.values()].some(({ id }) => id === conversation);
  }

  /** Says something in one of the places, at once. */
  say(by: CastUser, place: Place, text: string, replyTo?: number): Promise<Sent> {
    const chat = this.bot(by).chat(this.place(place).id);
    return chat.send(replyTo === undefined ? text : { text, replyTo });
  }

  async leave(): Promise<void> {
    await Promise.all([...this.bots.values()].map((bot) => bot.go()));
  }

  /** Takes up the host's own groups by their titles, and makes those that are not there. */
  async #found(): Promise<void> {
    const { client } = this.host;
    const members = cast.slice(1).map(({ user }) => user);
    const found = new Map<string, string>();
    for await (const { id, title, role, dissolved } of client.conversations())
      if (title !== undefined && role === "owner" && dissolved !== true) found.set(title, id);
    for (const name of placeNames) {
      const { kind, title } = places[name];
      const id = found.get(title);
      const options = { title, members };
      const founded =
        id !== undefined
          ? client.group(id)
          : await (kind === "channel"
              ? client.createChannel(options)
              : client.createGroup(options));
      this.#groups.set(name, founded);
    }
  }
}
