import { describe, expect, test } from "bun:test";
import type { Conv, Standing } from "../conversations/conversations.ts";
import { standingOf } from "../conversations/conv.ts";
import { Hub } from "../hub/hub.ts";
import type { Receiver } from "../hub/receiver.ts";
import type { OfflineQueue } from "../offline/port.ts";
import type { StoredMessage } from "../store/port.ts";
import { Fanout } from "./fanout.ts";

function world() {
  const hub = new Hub();
  /** What became of each event: `device got seq`, `user push seq`, `user skip`. */
  const story: string[] = [];
  const offline = {
    push: (user: string, { seq }: { seq: number }) => story.push(`${user} push ${seq}`),
    skip: (user: string) => story.push(`${user} skip`),
  } as unknown as OfflineQueue;
  const fanout = new Fanout({ hub, offline });
  const device = (user: string, name: string): Receiver => {
    const receiver: Receiver = {
      user,
      device: name,
      shown: "online",
      deliver: (_conversation, seq) => story.push(`${name} got ${seq}`),
      notify: () => story.push(`${name} notified`),
      ephemeral: () => story.push(`${name} heard`) > 0,
    };
    hub.add(receiver);
    return receiver;
  };
  return { hub, story, fanout, device };
}

const message = (seq: number) => ({ conversation: "g", seq, content: "{}" }) as StoredMessage;
const small = (...users: string[]) =>
  ({
    id: "g",
    members: new Map<string, Standing>(users.map((user) => [user, standingOf("member", 0)])),
  }) as unknown as Conv;
const large = { id: "g", members: undefined } as unknown as Conv;

describe("Fanout", () => {
  test("each member of a small group gets a message on every session but the sending one, or exactly one reference", () => {
    const { story, fanout, device } = world();
    const phone = device("ann", "ann-phone");
    device("ann", "ann-desk");
    device("bob", "bob-phone");
    device("stranger", "stranger-phone");
    fanout.message(small("ann", "bob", "eve"), message(7), phone);
    expect(story).toEqual([
      "ann-desk got 7",
      "ann skip",
      "bob-phone got 7",
      "bob skip",
      "eve push 7",
    ]);
    expect(fanout.stats).toEqual({ deliveries: 2, queued: 1 });
  });

  test("the sender's own absent devices miss a message as much as others do", () => {
    const { story, fanout, device } = world();
    const only = device("ann", "ann-phone");
    fanout.message(small("ann"), message(1), only);
    expect(story).toEqual(["ann skip"]);
    fanout.message(small("sent-over-http"), message(2), undefined);
    expect(story.slice(1)).toEqual(["sent-over-http push 2"]);
  });

  test("a large group goes to the subscribers of its topic, with nothing written per member", () => {
    const { hub, story, fanout, device } = world();
    const [ann, bob] = [device("ann", "ann-phone"), device("bob", "bob-phone")];
    device("eve", "eve-phone");
    hub.subscribe(ann, "g");
    hub.subscribe(bob, "g");
    fanout.message(large, message(3), ann);
    expect(story).toEqual(["bob-phone got 3"]);
  });

  test("absent members of a group that has shrunk have to synchronise", () => {
    const { story, fanout, device } = world();
    device("ann", "ann-phone");
    fanout.shrunk(small("ann", "bob"));
    expect(story).toEqual(["bob skip"]);
  });

  test("receipts go to the others' sessions in small groups, and to the own ones alone in large groups", () => {
    const { story, fanout, device } = world();
    const phone = device("ann", "ann-phone");
    device("ann", "ann-desk");
    device("bob", "bob-phone");
    const moved = { conversation: "g", user: "ann", delivered: 2, read: 1, unread: 0, moved: true };
    fanout.receipt(small("ann", "bob"), moved, phone);
    expect(story.splice(0)).toEqual(["ann-desk notified", "bob-phone notified"]);
    fanout.receipt(large, moved, phone);
    expect(story).toEqual(["ann-desk notified"]);
  });

  test("typing is for the others, in small groups only", () => {
    const { story, fanout, device } = world();
    device("ann", "ann-phone");
    device("bob", "bob-phone");
    fanout.typing(small("ann", "bob"), "ann", true);
    fanout.typing(large, "ann", true);
    expect(story).toEqual(["bob-phone heard"]);
  });
});
