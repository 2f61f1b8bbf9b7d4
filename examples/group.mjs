/** A group from its making to its end: `node examples/group.mjs [url]`, with a server from `npm start`. */
import { connect, GodwitError, login, register } from "@godwit/client";

const url = process.argv[2] ?? process.env.GODWIT_URL ?? "http://localhost:8480";
const password = "correct horse battery staple";
const signIn = (user) =>
  register({ url, user, password }).catch(() => login({ url, user, password }));

const clients = ["gina", "hugo", "ivan"].map((user) => connect({ url, token: () => signIn(user) }));
await Promise.all(clients.map((client) => client.ready()));
const [gina, hugo, ivan] = clients;

const group = await gina.createGroup({ title: "Lunch", members: ["hugo"] });

// Changes of the group are messages of kind "system", in their place between the others.
const dissolved = new Promise((resolve) => {
  hugo.on("message", (message) => {
    if (message.conversation !== group.id) return;
    const { seq, sender, kind, content, text } = message;
    console.log(`#${seq} ${sender}: ${kind === "system" ? JSON.stringify(content) : text}`);
    if (content.event === "dissolved") resolve();
  });
});

await group.send("Noodles at noon?");
await group.invite(["ivan"]);
await group.role("hugo", "admin");
await hugo.group(group.id).rename("Noodles");
await hugo.group(group.id).mute({ user: "ivan", until: Date.now() + 60_000 });

try {
  await ivan.group(group.id).send("Pizza!");
} catch (error) {
  // Every failure is a GodwitError, and says whether the same call may succeed later.
  if (!(error instanceof GodwitError)) throw error;
  console.log(`ivan may not: ${error.name} (${error.code}), retryable: ${error.retryable}`);
}

for await (const { user, role } of group.members()) console.log(`member: ${user}, ${role}`);

await group.remove(["ivan"]);
await group.dissolve();
await dissolved;
await Promise.all(clients.map((client) => client.close()));
