import { afterAll, beforeAll, expect, test } from "bun:test";
import { connect, register } from "@godwit/client";
import { serveGodwit, testContext } from "../testing.ts";
import { runCommand } from "./commands.ts";
import { ChatState, isNote } from "./state.ts";
import { Talk, type ChatView } from "./talk.ts";

let server: Awaited<ReturnType<typeof serveGodwit>>;
beforeAll(async () => {
  server = await serveGodwit();
}, 20_000);
afterAll(() => server.stop());

const enter = (user: string) =>
  connect({
    url: server.url,
    token: () => register({ url: server.url, user, password: `password of ${user}` }),
  });

/** A view of which only the conversations that were opened matter. */
function seen(): ChatView & { readonly opened: ChatView["opened"]; next(): Promise<string> } {
  const titles: string[] = [];
  let waiting: ((title: string) => void) | undefined;
  return {
    line() {},
    progress() {},
    say() {},
    kept() {},
    changed() {},
    opened({ title }) {
      if (waiting === undefined) titles.push(title);
      else waiting(title);
      waiting = undefined;
    },
    next: () =>
      new Promise((resolve) => {
        const title = titles.shift();
        if (title === undefined) waiting = resolve;
        else resolve(title);
      }),
  };
}

test("who wants to chat with themselves is told that it is them", async () => {
  const erin = enter("erin");
  const said: string[] = [];
  const view = { ...seen(), say: (text: string) => void said.push(text) };
  const talk = new Talk(erin, testContext(), new ChatState("erin"), view, {
    run: runCommand,
    keeps: false,
  });
  await talk.start();
  await talk.submit("/to erin");
  expect(said.at(-1)).toContain("erin is you");
  await talk.quit();
}, 20_000);

test("the first conversation that anybody begins opens by itself, a second one does not", async () => {
  const alice = enter("alice");
  const state = new ChatState("alice");
  const view = seen();
  const talk = new Talk(alice, testContext(), state, view, { run: runCommand, keeps: false });
  await talk.start();
  talk.openFirst();
  const [bob, carol] = [enter("bob"), enter("carol")];
  await Promise.all([bob.ready(), carol.ready()]);

  await bob.direct("alice").send("hello alice");
  expect(await view.next()).toBe("bob");
  const answered = new Promise<string | undefined>((resolve) =>
    bob.on("message", (message) => {
      if (!message.own) resolve(message.text);
    }),
  );
  await talk.submit("hi bob");
  expect(await answered).toBe("hi bob");

  const came = new Promise<void>((resolve) =>
    alice.on("message", ({ sender }) => {
      if (sender === "carol") resolve();
    }),
  );
  await carol.direct("alice").send("me too");
  await came;
  await talk.submit("still with bob");
  expect(state.current?.title).toBe("bob");
  const texts = state.current?.lines.map((line) => (isNote(line) ? line.note : line.content));
  expect(texts).toContainEqual({ text: "still with bob" });
  await Promise.all([talk.quit(), bob.close(), carol.close()]);
}, 20_000);
