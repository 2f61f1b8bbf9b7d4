import { directMembers } from "@godwit/protocol";
import { mentionsCountMax, type ConversationStore, type ConversationView } from "../port.ts";
import {
  byText,
  conversationRow,
  join,
  memberOf,
  memberRow,
  newConversation,
  unreadOf,
  type ConversationState,
  type MemberState,
  type State,
} from "./state.ts";

export function memoryConversations(state: State, guard: () => void): ConversationStore {
  return {
    async openDirect(id, time) {
      guard();
      const users = directMembers(id);
      if (users === undefined) throw new TypeError(`${id} is not the id of a direct conversation.`);
      let conversation = state.conversations.get(id);
      if (conversation === undefined) {
        conversation = newConversation(id, "direct", time);
        state.conversations.set(id, conversation);
        for (const user of new Set(users)) join(state, conversation, user, "member", time);
      }
      return conversationRow(conversation);
    },
    async get(id) {
      guard();
      const conversation = state.conversations.get(id);
      return conversation === undefined ? undefined : conversationRow(conversation);
    },
    async member(id, users) {
      guard();
      const members = state.conversations.get(id)?.members;
      return users
        .map((user) => members?.get(user))
        .filter((row) => row !== undefined)
        .map(memberRow);
    },
    async members(id, after, limit) {
      guard();
      const rows = [...(state.conversations.get(id)?.members.values() ?? [])];
      return rows
        .filter((row) => row.role !== "banned" && (after === undefined || row.user > after))
        .sort((a, b) => byText(a.user, b.user))
        .slice(0, limit)
        .map(memberRow);
    },
    async views(user, ids) {
      guard();
      return ids
        .map((id) => viewOf(state.conversations.get(id), user))
        .filter((view) => view !== undefined);
    },
    async list(user, after, limit) {
      guard();
      return [...(state.memberships.get(user) ?? [])]
        .filter((id) => after === undefined || id > after)
        .sort(byText)
        .slice(0, limit)
        .map((id) => state.conversations.get(id))
        .filter((conversation) => conversation !== undefined)
        .map(conversationRow);
    },
  };
}

function viewOf(
  conversation: ConversationState | undefined,
  user: string,
): ConversationView | undefined {
  const member = conversation === undefined ? undefined : memberOf(conversation, user);
  if (conversation === undefined || member === undefined) return undefined;
  const peer =
    conversation.kind === "direct"
      ? [...conversation.members.values()].find((row) => row.user !== user)
      : undefined;
  return {
    conversation: conversationRow(conversation),
    member: memberRow(member),
    unread: unreadOf(conversation, member),
    mentions: mentionsOf(conversation, member),
    ...(peer === undefined ? {} : { peerDelivered: peer.delivered, peerRead: peer.read }),
  };
}

function mentionsOf(conversation: ConversationState, member: MemberState): number {
  const count = conversation.log
    .slice(member.read)
    .filter(
      (message) =>
        message.kind !== "system" &&
        message.sender !== member.user &&
        message.mentions?.some((name) => name === "*" || name === member.user) === true,
    ).length;
  return Math.min(count, mentionsCountMax);
}
