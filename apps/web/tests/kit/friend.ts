/** Somebody on the SDK instead of a page: the other side of a conversation, and the hand that fills long ones. */
import { connect, login, register, type Client, type ReceivedMessage } from "@godwit/client";

export const password = "correct horse battery staple";

export interface Friend {
  readonly client: Client;
  readonly user: string;
  readonly messages: readonly ReceivedMessage[];
  /** Resolves to the message with this text, now or when it comes. */
  hears(text: string): Promise<ReceivedMessage>;
}

export async function befriend(url: string, user: string, name = user): Promise<Friend> {
  const { token } = await register({ url, user, password, name });
  const client = connect({ url, token, device: `${user}-sdk`, sendsPerConversation: 64 });
  const messages: ReceivedMessage[] = [];
  const waiting = new Map<string, (message: ReceivedMessage) => void>();
  client.on("message", (message) => {
    messages.push(message);
    waiting.get(message.text)?.(message);
  });
  await client.ready();
  return {
    client,
    user,
    messages,
    hears: (text) =>
      new Promise((resolve) => {
        const there = messages.find((message) => message.text === text);
        if (there !== undefined) resolve(there);
        else waiting.set(text, resolve);
      }),
  };
}

/** Says many things in order, as fast as the server takes them. */
export async function sayMany(
  friend: Friend,
  conversation: string,
  count: number,
  text: (number: number) => string,
): Promise<void> {
  const chat = friend.client.conversation(conversation);
  for (let from = 1; from <= count; from += 200) {
    const numbers = Array.from({ length: Math.min(200, count - from + 1) }, (_, at) => from + at);
    await Promise.all(numbers.map((number) => chat.send(text(number))));
  }
}

/** How many devices of this user are online. */
export async function devicesOf(url: string, user: string): Promise<number> {
  const { token } = await login({ url, user, password });
  const response = await fetch(`${url}/api/commands/devices`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: "{}",
  });
  const { devices } = (await response.json()) as { devices: { online: boolean }[] };
  return devices.filter(({ online }) => online).length;
}
