/**
 * A bot that answers commands, in direct conversations and groups: `node examples/bot.mjs [url]` shows it at work, and
 * `node examples/bot.mjs url --serve` keeps it running. With a server from `npm start`.
 */
import { connect, login, memoryStorage, register } from "@godwit/client";
import { fileStorage } from "@godwit/client/node";

const args = process.argv.slice(2);
const url =
  args.find((arg) => !arg.startsWith("--")) ?? process.env.GODWIT_URL ?? "http://localhost:8480";
const password = "correct horse battery staple";
const signIn = (user) =>
  register({ url, user, password }).catch(() => login({ url, user, password }));

const commands = {
  time: () => new Date().toISOString(),
  roll: () => `You have rolled ${1 + Math.floor(Math.random() * 6)}.`,
  help: () => `I know ${Object.keys(commands).join(", ")}.`,
};

// With its storage in a file, a bot that was away answers what it has missed, once.
const serve = args.includes("--serve");
const storage = serve ? fileStorage("bot.jsonl") : memoryStorage();
const bot = connect({ url, token: () => signIn("bot"), platform: "bot", storage });

// The next message of a conversation comes when this one is answered: the promise is awaited.
bot.on("message", async (message, chat) => {
  const name = /^\/(\w+)/.exec(message.text)?.[1];
  if (message.own || name === undefined) return;
  const answer = commands[name] ?? commands.help;
  await chat.send({ text: answer(), replyTo: message.seq });
});
await bot.ready();
console.log(`${bot.user} is ready`);

if (serve) {
  process.once("SIGINT", () => bot.close());
} else {
  const paula = connect({ url, token: () => signIn("paula") });
  await paula.ready();
  const chat = paula.direct("bot");
  const sent = await Promise.all(["/help", "/time", "/roll"].map((text) => chat.send(text)));
  const asked = new Set(sent.map(({ seq }) => seq));
  // Messages wait until there is a listener, so no answer is missed.
  await new Promise((resolve) => {
    paula.on("message", ({ own, replyTo, text }) => {
      if (own || !asked.delete(replyTo)) return;
      console.log(text);
      if (asked.size === 0) resolve();
    });
  });
  await Promise.all([paula.close(), bot.close()]);
}
