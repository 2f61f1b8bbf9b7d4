/** Two users chat: `node examples/hello.mjs [url]`, with a server from `npm start`. */
import { connect, login, register } from "@godwit/client";

const url = process.argv[2] ?? process.env.GODWIT_URL ?? "http://localhost:8480";
const password = "correct horse battery staple";

// Signs in, and makes the account the first time.
const signIn = (user) =>
  register({ url, user, password }).catch(() => login({ url, user, password }));

const alice = connect({ url, token: () => signIn("alice") });
const bob = connect({ url, token: () => signIn("bob") });
await Promise.all([alice.ready(), bob.ready()]);

// Every message of every conversation comes once and in order, own ones too.
const heard = new Promise((resolve) => {
  bob.on("message", async (message, chat) => {
    console.log(`bob hears   #${message.seq} ${message.sender}: ${message.text}`);
    if (!message.own) await chat.send({ text: "Hello, Alice", replyTo: message.seq });
  });
  alice.on("message", (message) => {
    console.log(`alice hears #${message.seq} ${message.sender}: ${message.text}`);
    if (message.sender === "bob") resolve();
  });
});

// Settles when the server has committed the message and synced it to disk.
const { seq } = await alice.direct("bob").send("Hello, Bob");
console.log(`the server has #${seq}`);

await heard;
await Promise.all([alice.close(), bob.close()]);
