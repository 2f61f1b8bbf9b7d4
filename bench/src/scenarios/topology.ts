/** Who talks to whom in a load. */
import { directId } from "@godwit/protocol";
import type { Voice } from "../console.ts";
import { Client } from "../load/client.ts";
import type { Audience } from "../load/client.ts";
import { Ids } from "../load/ids.ts";
import type { Load } from "../load/load.ts";
import type { Options } from "../options.ts";
import type { Target } from "../target/target.ts";
import { floorFrame } from "../wire/floor-frames.ts";

/** Connections opened at the same time while a load is set up. */
export const connectWidth = 64;
/** Users named in one invitation: the protocol's bound. */
const inviteMax = 500;
/** Members of a group who send; the others only receive. */
const groupSendersMax = 10;

/** Pairs of users (2k and 2k + 1), each of whom sends to the other. Resolves to connections per second. */
export async function connectPairs(load: Load, target: Target, options: Options): Promise<number> {
  const wire = target.wire({ prefix: target.prefix, payloadBytes: options.payload });
  const count = options.connections - (options.connections % 2);
  for (let i = 0; i < count; i++) load.addClient(wire, i >> 1);
  const name = (number: number) => target.prefix + number;
  load.setWriters(
    Array.from({ length: count }, (_, i) =>
      wire.sender(
        { sender: i, receiver: i ^ 1, conversation: directId(name(i), name(i ^ 1)) },
        options.payload,
      ),
    ),
  );
  return load.connectAll(connectWidth);
}

/** One group of `members`, of whom `online` are connected and the first few send. Resolves to connections per second. */
export async function connectGroup(
  load: Load,
  target: Target,
  options: Options,
  voice: Voice,
): Promise<number> {
  const wire = target.wire({ prefix: target.prefix, payloadBytes: options.payload });
  for (let i = 0; i < options.online; i++) load.addClient(wire, 0);
  const conversation = target.isServer ? await makeGroup(target, options, voice) : "";
  wire.about?.(conversation);
  load.setWriters(
    Array.from({ length: Math.min(groupSendersMax, options.online) }, (_, i) =>
      wire.sender({ sender: i, receiver: floorFrame.everyone, conversation }, options.payload),
    ),
  );
  return load.connectAll(connectWidth);
}

const nobody: Audience = {
  acknowledged() {},
  refused() {},
  message() {},
  writable() {},
  closed() {},
};

/**
 * Makes the members known (the server makes a host application's users at first sight) and the group, all before the load connects, so that
 * the invitations do not fan out to thousands of sessions.
 */
async function makeGroup(target: Target, options: Options, voice: Voice): Promise<string> {
  const { endpoint, wire: native } = target.native ?? target;
  const wire = native({ prefix: target.prefix, payloadBytes: options.payload });
  voice.step(`introducing ${options.members} members`);
  let next = 0;
  let known = 0;
  const introduce = async () => {
    while (next < options.members) {
      const client = new Client(next++, wire, nobody);
      await client.connect(endpoint, target.token(client.number), {
        device: "introduction",
      });
      await client.command("bye", {});
      client.link?.close();
      voice.state(`${++known} of ${options.members}`);
    }
  };
  await Promise.all(Array.from({ length: connectWidth }, introduce));

  const owner = new Client(0, wire, nobody);
  await owner.connect(endpoint, target.token(0), { device: "owner" });
  const created = await owner.command("create", {
    clientId: new Ids(options.seed).next(),
    kind: "group",
    title: "load",
  });
  const { id } = created["conversation"] as { id: string };
  for (let from = 1; from < options.members; from += inviteMax) {
    const users = Array.from(
      { length: Math.min(inviteMax, options.members - from) },
      (_, i) => target.prefix + (from + i),
    );
    await owner.command("invite", { conversation: id, users });
    voice.state(`${from + users.length} of ${options.members} invited`);
  }
  await owner.command("bye", {});
  owner.link?.close();
  return id;
}
