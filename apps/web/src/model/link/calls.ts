import type { Client, Draft, ReceivedMessage, Role } from "@godwit/client";
import { modelErrors, ModelError } from "../errors.ts";

const membersPerPage = 100;
/** Members found by the beginning of their name: more do not help, the next letter does. */
const namedMax = 50;
/** Pages asked for until so many are found: in a group of many a page may hold few, or nobody. */
const namedPagesMax = 5;

/** What a tab may ask of the connection. One parameter each, plain data both ways. */
export function callTable(client: Client) {
  return {
    /** Resolves when the message is queued; what becomes of it comes as events. */
    async send({ conversation, draft }: { conversation: string; draft: Draft }): Promise<void> {
      // Its failure is an event, too.
      client
        .conversation(conversation)
        .send(draft)
        .catch(() => {});
      await Promise.resolve();
    },
    cancel: async (clientId: string): Promise<boolean> => client.cancel(clientId),
    page: (range: {
      conversation: string;
      from?: number;
      to?: number;
      limit?: number;
    }): Promise<{ messages: ReceivedMessage[]; partial: boolean }> => {
      const { conversation, ...rest } = range;
      return client.conversation(conversation).page(rest);
    },
    info: (conversation: string) => client.conversation(conversation).info(),
    read: ({ conversation, seq }: { conversation: string; seq: number }) =>
      client.conversation(conversation).read(seq),
    typing: async ({ conversation, on }: { conversation: string; on: boolean }): Promise<void> =>
      client.conversation(conversation).typing(on),
    users: (query: { prefix?: string; ids?: string[]; limit?: number }) => client.users(query),
    async conversations() {
      const all = [];
      for await (const conversation of client.conversations()) all.push(conversation);
      return all;
    },
    devices: () => client.devices(),
    signOut: (device: string) => client.signOut(device),
    signOutOthers: () => client.signOutOthers(),
    status: (status: "online" | "away" | "invisible") => client.presence(status),
    wake: async (): Promise<void> => client.wake(),

    async createGroup(options: {
      title: string;
      members: string[];
      channel: boolean;
      open: boolean;
    }): Promise<string> {
      const { channel, ...rest } = options;
      const group = await (channel ? client.createChannel(rest) : client.createGroup(rest));
      return group.id;
    },
    invite: ({ conversation, users }: { conversation: string; users: string[] }) =>
      client.group(conversation).invite(users),
    remove: ({ conversation, user, ban }: { conversation: string; user: string; ban: boolean }) =>
      client.group(conversation).remove([user], { ban }),
    role: ({ conversation, user, role }: { conversation: string; user: string; role: Role }) =>
      client.group(conversation).role(user, role),
    rename: ({ conversation, title }: { conversation: string; title: string }) =>
      client.group(conversation).rename(title),
    leave: (conversation: string) => client.group(conversation).leave(),
    dissolve: (conversation: string) => client.group(conversation).dissolve(),
    /** Without a user: everyone but owner and admins. `until` 0 ends it. */
    mute: ({ conversation, ...who }: { conversation: string; user?: string; until: number }) =>
      who.until === 0
        ? client.group(conversation).unmute(who.user)
        : client.group(conversation).mute(who),
    members: ({ conversation, after }: { conversation: string; after?: string }) =>
      client
        .group(conversation)
        .membersPage({ limit: membersPerPage, ...(after === undefined ? {} : { after }) }),
    /** With their names; `complete`: there are no more. */
    async namedMembers({ conversation, prefix }: { conversation: string; prefix: string }) {
      const group = client.group(conversation);
      const named = prefix === "" ? {} : { prefix };
      const ids: string[] = [];
      let next: string | undefined;
      for (let pages = 0; pages < namedPagesMax; pages++) {
        const after = next === undefined ? {} : { after: next };
        const page = await group.membersPage({ ...named, ...after, limit: namedMax - ids.length });
        ids.push(...page.members.map(({ user }) => user));
        ({ next } = page);
        if (next === undefined || ids.length >= namedMax) break;
      }
      const users = ids.length === 0 ? [] : await client.users({ ids });
      return { users, complete: next === undefined };
    },
    setName: (name: string) => client.rename(name),
    async receipts(query: {
      conversation: string;
      seq: number;
      cursor: "read" | "delivered";
      after?: string;
      limit?: number;
    }) {
      const { conversation, seq, cursor, ...page } = query;
      const answer = await client.conversation(conversation).receipts(seq, cursor, page);
      return {
        total: answer.total,
        members: answer.members,
        ...(answer.next === undefined ? {} : { next: answer.next }),
      };
    },
    createInvite: ({ conversation, hours }: { conversation: string; hours?: number }) =>
      client.group(conversation).inviteLink(hours === undefined ? {} : { hours }),
    peekInvite: (token: string) => client.peekInvite(token),
    acceptInvite: async (token: string): Promise<string> => (await client.joinByInvite(token)).id,
  };
}

export type Calls = ReturnType<typeof callTable>;
export type CallName = keyof Calls;
export type CallParam<N extends CallName> =
  Parameters<Calls[N]> extends [infer P, ...unknown[]] ? P : undefined;
export type CallResult<N extends CallName> = Awaited<ReturnType<Calls[N]>>;

/** Gives one call by its name, as it came from another tab. */
export async function giveCall(calls: Calls, name: string, param: unknown): Promise<unknown> {
  if (!Object.hasOwn(calls, name)) throw new ModelError(modelErrors.signedOut);
  return (calls[name as CallName] as (param: unknown) => Promise<unknown>)(param);
}
