import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { ConversationUpdate } from "./events.ts";
import { memoryStorage } from "./storage.ts";
import { RealServer, until } from "./testing/real-server.ts";

// Two cores may be busy with other tests, and passwords are hashed slowly on purpose.
setDefaultTimeout(20_000);

let server: RealServer;
beforeAll(async () => {
  server = await RealServer.start();
});
afterAll(() => server.stop());

test("who comes back is told of a group of meanwhile, and how far the others are", async () => {
  const storage = memoryStorage();
  const before = await server.client("uma", { storage });
  const vic = await server.client("vic");
  await before.direct("vic").send("seen?");
  await before.close();
  await vic.direct("uma").read(1);
  const group = await vic.createGroup({ title: "Meanwhile", members: ["uma"] });
  const { seq } = await group.send("welcome");
  await group.read(seq);
  const after = await server.client("uma", { storage });
  const updates: ConversationUpdate[] = [];
  after.on("conversation", (update) => void updates.push(update));
  const texts: string[] = [];
  after.on("message", ({ text }) => void texts.push(text));
  await until(() => texts.includes("welcome"));
  const told = updates.find(({ conversation }) => conversation.id === group.id);
  expect(told?.change).toBe("synced");
  expect(told?.conversation).toMatchObject({
    title: "Meanwhile",
    cursors: [{ user: "vic", delivered: seq, read: seq }],
  });
  expect(after.conversation(group.id).reached(seq)).toEqual({ delivered: 1, read: 1 });
  await Array.fromAsync(after.conversations());
  expect(after.direct("vic").state(1)).toBe("read");
});
