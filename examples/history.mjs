/** Older messages, page by page: `node examples/history.mjs [url]`, with a server from `npm start`. */
import { connect, login, register } from "@godwit/client";

const url = process.argv[2] ?? process.env.GODWIT_URL ?? "http://localhost:8480";
const password = "correct horse battery staple";
const signIn = (user) =>
  register({ url, user, password }).catch(() => login({ url, user, password }));

const leo = connect({ url, token: () => signIn("leo") });
const mia = connect({ url, token: () => signIn("mia") });
await Promise.all([leo.ready(), mia.ready()]);

// Not awaited one by one: the outbox keeps their order.
const chat = leo.direct("mia");
await Promise.all(Array.from({ length: 25 }, (_, at) => chat.send(`line ${at + 1}`)));

// The newest page first, each in ascending order.
let pages = 0;
for await (const page of mia.direct("leo").history({ pageSize: 10 })) {
  console.log(`#${page[0].seq} to #${page.at(-1).seq}: ${page.at(-1).text}`);
  pages += 1;
  if (pages === 3) break;
}

for await (const conversation of mia.conversations()) {
  console.log(`${conversation.id} has ${conversation.unread} unread messages`);
}
await Promise.all([leo.close(), mia.close()]);
