/** Messages written without a connection, and a program that is started again: `node examples/offline.mjs [url]`, with a server from `npm start`. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, login, register } from "@godwit/client";
import { fileStorage } from "@godwit/client/node";

const url = process.argv[2] ?? process.env.GODWIT_URL ?? "http://localhost:8480";
const password = "correct horse battery staple";
const signIn = (user) =>
  register({ url, user, password }).catch(() => login({ url, user, password }));

const folder = mkdtempSync(join(tmpdir(), "godwit-offline-"));
const open = (server) =>
  connect({
    url: server,
    token: () => signIn("rosa"),
    storage: fileStorage(join(folder, "rosa.jsonl")),
  });
const sam = connect({ url, token: () => signIn("sam") });
let rosa = open(url);
await Promise.all([rosa.ready(), sam.ready()]);
await rosa.direct("sam").send("I am going into the tunnel.");
await rosa.close();

// Nobody listens on this port: what is sent waits in the file, under the ids that it keeps for good.
rosa = open("http://127.0.0.1:9");
rosa.on("state", (state) => console.log(`rosa is ${state}`));
rosa.on("error", ({ name }) => console.log(`rosa: ${name}`));
const queued = new Promise((resolve) =>
  rosa.on("outbox", ({ state }) => state === "queued" && resolve()),
);
rosa.conversation("d:rosa:sam").send("It is dark in here.");
await queued;
await rosa.close();

// The next start sends it, and gets what came meanwhile.
await sam.direct("rosa").send("Mind your head.");
rosa = open(url);
const [sent, heard] = [[], []];
const done = new Promise((resolve) => {
  const check = () => sent.length > 0 && heard.length > 1 && resolve();
  rosa.on("outbox", (update) => {
    if (update.state === "acknowledged") check(sent.push(update.sent.seq));
  });
  rosa.on("message", ({ seq, sender, text }) => {
    console.log(`#${seq} ${sender}: ${text}`);
    check(heard.push(seq));
  });
});
await done;
await Promise.all([rosa.close(), sam.close()]);
rmSync(folder, { recursive: true });
