/** Who is there, and who types: `node examples/presence.mjs [url]`, with a server from `npm start`. */
import { connect, login, register } from "@godwit/client";

const url = process.argv[2] ?? process.env.GODWIT_URL ?? "http://localhost:8480";
const password = "correct horse battery staple";
const signIn = (user) =>
  register({ url, user, password }).catch(() => login({ url, user, password }));

const nina = connect({ url, token: () => signIn("nina") });
const otto = connect({ url, token: () => signIn("otto") });
await Promise.all([nina.ready(), otto.ready()]);
const chat = otto.direct("nina");
await chat.send("Are you there?");

// The state now, and an event for every change from now on.
const [now] = await nina.watch(["otto"]);
console.log(`otto is ${now.status}`);

const seen = new Promise((resolve) => {
  nina.on("presence", ({ user, status }) => {
    console.log(`${user} is ${status}`);
    if (status === "away") resolve();
  });
});
const stopped = new Promise((resolve) => {
  nina.on("typing", ({ user, on }) => {
    console.log(`${user} ${on ? "types …" : "has stopped"}`);
    if (!on) resolve();
  });
});

// Call it at every keystroke; it is sent every few seconds at most.
chat.typing();
await chat.send("I have to go.");
await otto.presence("away");

await Promise.all([seen, stopped]);
await Promise.all([nina.close(), otto.close()]);
