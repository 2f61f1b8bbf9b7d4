/** Two users chat: `node examples/hello.mjs [url]`, with a server from `npm start`. */
import { connect, login, register } from "@godwit/client";

const url = process.argv[2] ?? process.env.GODWIT_URL ?? "http://localhost:8480";
const password = "correct horse battery staple";

// Signs in, and makes the account the first time.
const signIn = (user) =>
  register({ url, user, password }).catch(() => login({ url, user, password }));

const anna = connect({ url, token: () => signIn("anna") });
const ben = connect({ url, token: () => signIn("ben") });
await Promise.all([anna.ready(), ben.ready()]);

// Settles when the server has committed the message and synced it to disk.
const { seq } = await anna.direct("ben").send("Hello, Ben");
console.log(`the server has #${seq}`);

// Messages wait for a listener, and come once and in order, own ones too. Without a storage this is a new device at
// every run, which gets the newest messages of earlier runs as well.
ben.on("message", async (message, chat) => {
  console.log(`ben hears  #${message.seq} ${message.sender}: ${message.text}`);
  if (message.seq === seq) await chat.send({ text: "Hello, Anna", replyTo: seq });
});
await new Promise((resolve) => {
  anna.on("message", (message) => {
    console.log(`anna hears #${message.seq} ${message.sender}: ${message.text}`);
    if (message.replyTo === seq) resolve();
  });
});

await Promise.all([anna.close(), ben.close()]);
