/** How far a message has come: `node examples/receipts.mjs [url]`, with a server from `npm start`. */
import { connect, login, register } from "@godwit/client";

const url = process.argv[2] ?? process.env.GODWIT_URL ?? "http://localhost:8480";
const password = "correct horse battery staple";
const signIn = (user) =>
  register({ url, user, password }).catch(() => login({ url, user, password }));

const judy = connect({ url, token: () => signIn("judy") });
const kim = connect({ url, token: () => signIn("kim") });
await Promise.all([judy.ready(), kim.ready()]);

// What a chat window shows beside an own message while it is on its way: queued, sent, acknowledged, or failed.
judy.on("outbox", ({ state, error }) =>
  console.log(`outbox: ${state}${error ? ` (${error.name})` : ""}`),
);

const chat = judy.direct("kim");
const sending = chat.send("Have you seen this?");
console.log(`message ${sending.clientId} is on its way`);
const { seq } = await sending;

const read = new Promise((resolve) => {
  judy.on("receipt", (receipt) => {
    if (receipt.own || receipt.conversation !== chat.id) return;
    console.log(
      `${receipt.user} has received up to #${receipt.delivered} and read up to #${receipt.read}; #${seq} is ${chat.state(seq)}`,
    );
    if (receipt.read >= seq) resolve();
  });
});

// "Delivered" is told by itself once this listener has returned; "read" when the user has looked.
kim.on("message", (message) => {
  if (message.seq === seq) setTimeout(() => kim.conversation(message.conversation).read(seq), 500);
});

await read;
const { total, members } = await chat.receipts(seq, "read");
console.log(`${total} member has read it: ${members.map(({ user }) => user).join(", ")}`);
await Promise.all([judy.close(), kim.close()]);
