import type { Appended, ConversationChange, NewMessage, Store } from "../port.ts";

let counter = 0;

/** A different UUID version 4 with each call. */
export function clientId(): string {
  counter += 1;
  return uuidOf(counter);
}

/** The UUID version 4 that a number stands for. */
export function uuidOf(number: number): string {
  return `${number.toString(16).padStart(8, "0")}-0000-4000-8000-000000000000`;
}

/** A text message that differs from every other in its client id. */
export function text(
  conversation: string,
  sender: string,
  more: Partial<NewMessage> = {},
): NewMessage {
  return {
    conversation,
    sender,
    device: "phone",
    clientId: clientId(),
    clientSeq: 1,
    time: 1_000,
    kind: "text",
    content: '{"text":"hello"}',
    priority: "normal",
    ...more,
  };
}

/** A system message with a change. */
export function change(
  conversation: string,
  sender: string,
  body: ConversationChange,
  more: Partial<NewMessage> = {},
): NewMessage {
  return text(conversation, sender, {
    kind: "system",
    content: JSON.stringify({ event: body.type }),
    change: body,
    ...more,
  });
}

/** The message that makes a group whose first user is the owner. */
export function creation(
  conversation: string,
  users: readonly string[],
  more: Partial<NewMessage> = {},
): NewMessage {
  const members = users.map((user, index) => ({
    user,
    role: index === 0 ? ("owner" as const) : ("member" as const),
  }));
  return change(
    conversation,
    users[0] ?? "nobody",
    { type: "create", kind: "group", title: "Team", members },
    more,
  );
}

export const group = "g:1:teamteam";

/** Makes a group and returns the store's answer to its first message. */
export async function makeGroup(
  store: Store,
  users: readonly string[],
  conversation = group,
): Promise<Appended | undefined> {
  return (await store.messages.append([creation(conversation, users)]))[0];
}

/** Appends one message after another, each in a call of its own. */
export async function appendEach(
  store: Store,
  messages: readonly NewMessage[],
): Promise<Appended[]> {
  const outcomes: Appended[] = [];
  for (const message of messages) outcomes.push(...(await store.messages.append([message])));
  return outcomes;
}

/** The seqs of outcomes, undefined where nothing was stored. */
export function seqs(outcomes: readonly Appended[]): (number | undefined)[] {
  return outcomes.map((outcome) =>
    outcome.status === "stored" || outcome.status === "duplicate" ? outcome.seq : undefined,
  );
}
