import {
  type Conversation,
  type DeviceInfo,
  directId,
  type Kind,
  type Presence,
  type Profile,
  type Status,
} from "@godwit/protocol";
import { type Chat, Group, openChat, quiet } from "./chat.ts";
import { Engine } from "./engine.ts";
import { clientError } from "./errors.ts";
import type { ClientEvents } from "./events.ts";
import type { Transport } from "./transport.ts";
import type { ConnectOptions } from "./options.ts";
import type { ClientState } from "./session.ts";
import type { OutboxEntry } from "./storage.ts";

/**
 * Connects to a server, and stays connected until `close`. Returns at once: what is sent before the connection is there waits for it.
 *
 * @example
 * const client = connect({ url: "http://localhost:8480", token });
 * client.on("message", (message, chat) => console.log(message.sender, message.content));
 * await client.ready();
 * await client.direct("bob").send("hi");
 * @throws TypeError if `url` is not a URL
 */
export function connect(options: ConnectOptions): Client {
  return new Client(new Engine(options));
}

/** What an invite link leads to. `expiresAt` in milliseconds since the epoch. */
export interface Invite {
  readonly conversation: string;
  readonly kind: Kind;
  readonly title?: string;
  readonly memberCount: number;
  /** Who made it. */
  readonly inviter: string;
  readonly expiresAt: number;
}

/** One user on one device. Made by `connect`. */
export class Client {
  readonly #engine: Engine;

  /** @internal */
  constructor(engine: Engine) {
    this.#engine = engine;
  }

  get state(): ClientState {
    return this.#engine.session.state;
  }
  /** The user's id; empty before the first welcome, unless the storage knows it. */
  get user(): string {
    return this.#engine.user;
  }
  get device(): string {
    return this.#engine.device;
  }
  /** How this client reaches the server, or tries to: `websocket`, `sse` (server-sent events) or `poll`. */
  get transport(): Transport {
    return this.#engine.transport;
  }
  /** Own messages that are not acknowledged yet, oldest first. */
  get outbox(): OutboxEntry[] {
    return this.#engine.outbound.entries;
  }

  /**
   * Adds a listener; the returned function removes it. A `message` listener may return a promise: the next message of that
   * conversation comes when it has settled, and only then does this one count as processed. Messages wait until there is a listener.
   *
   * @example
   * const off = client.on("state", (state) => console.log(state));
   */
  on<E extends keyof ClientEvents>(
    event: E,
    listener: (...args: ClientEvents[E]) => unknown,
  ): () => void {
    return this.#engine.on(event, listener);
  }

  /**
   * Settles at the first welcome, and rejects if there will be none: `token_invalid`, `account_disabled`, `closed`, …
   *
   * @example
   * await client.ready();
   * console.log("signed in as", client.user);
   */
  ready(): Promise<void> {
    return this.#engine.ready;
  }

  /** The direct conversation with a user. @throws GodwitError `offline` while `user` is empty */
  direct(user: string): Chat {
    if (this.user === "")
      throw clientError(
        "offline",
        "Await client.ready() first: who talks to whom is not known before.",
      );
    return this.conversation(directId(this.user, user));
  }

  /** A conversation by its id. */
  conversation(id: string): Chat {
    return openChat(id, this.#engine.chatPorts);
  }

  /** A group or channel by its id. */
  group(id: string): Group {
    return new Group(id, this.#engine.chatPorts);
  }

  /**
   * Makes a group whose owner this user is. Repeated by itself after a lost connection, without making two.
   *
   * @example
   * const group = await client.createGroup({ title: "Lunch", members: ["bob"] });
   */
  createGroup(options: { title: string; members?: string[]; open?: boolean }): Promise<Group> {
    return this.#create("group", options);
  }

  /** Makes a channel: only owner and admins may send. */
  createChannel(options: { title: string; members?: string[]; open?: boolean }): Promise<Group> {
    return this.#create("channel", options);
  }

  /**
   * What an invite link leads to, to show before `joinByInvite`.
   * @throws GodwitError `token_invalid` if it is none or is void, `token_expired`, `banned`, `conversation_dissolved`
   */
  async peekInvite(token: string): Promise<Invite> {
    const { conversation, kind, title, memberCount, inviter, expiresAt } =
      await this.#engine.commands.request("peek_invite", { token });
    const named = title === undefined ? {} : { title };
    return { conversation, kind, ...named, memberCount, inviter, expiresAt };
  }

  /**
   * Joins the group or channel that an invite link leads to; nothing changes for who is in already.
   *
   * @example
   * const group = await client.joinByInvite(token);
   * await group.send("Hello, everybody!");
   * @throws GodwitError as `peekInvite`, and `group_full`
   */
  async joinByInvite(token: string): Promise<Group> {
    const { conversation } = await this.peekInvite(token);
    const group = this.group(conversation);
    await group.join({ token });
    return group;
  }

  /**
   * Every conversation of this user, by id, fetched page by page.
   *
   * @example
   * for await (const { id, title, unread } of client.conversations()) console.log(title ?? id, unread);
   */
  async *conversations(): AsyncGenerator<Conversation, void, undefined> {
    let after: string | undefined;
    for (;;) {
      const page = await this.#engine.commands.request("sync", {
        messages: 0,
        ...(after === undefined ? {} : { after }),
      });
      for (const { conversation } of page.conversations) {
        this.#engine.note(conversation);
        yield conversation;
      }
      if (!page.partial || page.next === undefined || page.next === after) return;
      after = page.next;
    }
  }

  /**
   * Watches users: their state now, and `presence` events from now on. At most 1,000 in all.
   *
   * @example
   * const [bob] = await client.watch(["bob"]);
   */
  async watch(users: string[]): Promise<Presence[]> {
    const { presence, commands } = this.#engine;
    presence.add(users);
    return presence.ask(users, (params) => commands.request("watch", params));
  }

  unwatch(users: string[]): Promise<void> {
    this.#engine.presence.remove(users);
    return quiet(this.#engine.commands.request("unwatch", { users }).then(() => {}));
  }

  /** Sets the own status. Invisible looks like offline to everyone else. */
  presence(status: Status): Promise<void> {
    this.#engine.status = status;
    return quiet(this.#engine.commands.request("presence", { status }).then(() => {}));
  }

  /** Finds users by the beginning of their id or name, or names the given ids. */
  async users(query: { prefix?: string; ids?: string[]; limit?: number }): Promise<Profile[]> {
    return (await this.#engine.commands.request("users", query)).users;
  }

  /**
   * Gives this user another name.
   *
   * @example
   * await client.rename("Ada Lovelace");
   * @throws GodwitError `invalid_params` if there is nothing in it but spaces
   */
  async rename(name: string): Promise<Profile> {
    return (await this.#engine.commands.request("profile", { name })).profile;
  }

  /** The devices that this user is or was signed in on. */
  async devices(): Promise<DeviceInfo[]> {
    return (await this.#engine.commands.request("devices", {})).devices;
  }

  /** Ends another device's sessions and revokes its tokens; without a name this device's, which also closes the client. */
  async signOut(device: string = this.device): Promise<void> {
    try {
      await this.#engine.commands.request("sign_out", { device });
    } catch (thrown) {
      // The server may end this very session before its answer is out.
      if (device !== this.device || this.state !== "closed") throw thrown;
    }
    if (device === this.device) await this.close();
  }

  /** Ends the sessions of all other devices and revokes their tokens. Resolves to how many were ended. */
  async signOutOthers(): Promise<number> {
    return (await this.#engine.commands.request("sign_out", {})).ended;
  }

  /** Ends another user's sessions, with a reason that they see. For administrators. */
  async kick(user: string, options: { device?: string; reason?: string } = {}): Promise<number> {
    return (await this.#engine.commands.request("kick", { user, ...options })).ended;
  }

  /** Withdraws an own message that is not on its way yet. False if it is too late. */
  cancel(clientId: string): boolean {
    return this.#engine.outbound.cancel(clientId);
  }

  /** Reconnects without waiting, or makes sure that the connection lives: for when the application learns that the network changed. */
  wake(): void {
    this.#engine.session.wake();
  }

  /**
   * Ends the session and everything that belongs to it; no timer is left. What waits in the outbox stays in the storage, for the next
   * client. A message that the application has in its hands counts as processed. Settles when the storage has kept everything.
   */
  close(): Promise<void> {
    return this.#engine.close();
  }

  async #create(
    kind: "group" | "channel",
    options: { title: string; members?: string[]; open?: boolean },
  ): Promise<Group> {
    const { commands, random, chatPorts } = this.#engine;
    const { conversation } = await commands.request("create", {
      clientId: random.uuid(),
      kind,
      ...options,
    });
    chatPorts.joined(conversation);
    return this.group(conversation.id);
  }
}
