import { describe, expect, test } from "bun:test";
import type { CloseName } from "@godwit/protocol";
import type { Conv } from "../conversations/conv.ts";
import { Fanout } from "../fanout/fanout.ts";
import type { Connection } from "../hub/connection.ts";
import { Hub } from "../hub/hub.ts";
import { Broadcast } from "../hub/outgoing.ts";
import { systemRandom } from "../lib/random.ts";
import { FakeClock } from "../lib/testing/fake-clock.ts";
import { MemoryOffline } from "../offline/memory/memory.ts";
import { Presence } from "../presence/presence.ts";
import type { StoredMessage } from "../store/port.ts";
import type { Session } from "./session.ts";
import { Sessions, type SessionsConfig } from "./sessions.ts";

const resumeMs = 300_000;
const memberStanding = { role: "member", mutedUntil: 0 } as const;

/** A connection whose socket is gone the moment it is closed, as one is that does not read. */
class Link implements Connection {
  readonly address = "192.0.2.1";
  congested = true;
  closedWith: CloseName | undefined;
  onClosed = (): void => undefined;
  written = 0;
  /** What it throws when it is written to. */
  fault: Error | undefined;

  write(): void {
    if (this.fault !== undefined) throw this.fault;
    this.written++;
  }

  reply(): void {
    this.write();
  }

  pause(): void {}
  resume(): void {}

  drained(): Promise<void> {
    return Promise.resolve();
  }

  close(name: CloseName): void {
    this.closedWith = name;
    this.onClosed();
  }
}

function world(config: Partial<SessionsConfig> = {}) {
  const clock = new FakeClock();
  const faults: unknown[] = [];
  const hub = new Hub((error, { user }) => void faults.push([user, error]));
  const offline = new MemoryOffline({ clock, config: {} });
  const presence = new Presence({ hub, clock, lingerMs: 0, lastSeen: async () => undefined });
  const sessions = new Sessions({
    hub,
    offline,
    presence,
    clock,
    random: systemRandom,
    config: {
      resumeMs,
      devicePolicy: "all",
      sessionsPerUserMax: 8,
      detachedSessionsMax: 100,
      ringEntriesMax: 16,
      ...config,
    },
  });
  const begin = (user: string, device = `${user}-1`) => {
    const link = new Link();
    const { session, complete } = sessions.begin(
      {
        user,
        device,
        platform: "web",
        admin: false,
        status: "online",
        tokenExpiresAt: undefined,
      },
      link,
    );
    link.onClosed = () => sessions.detach(session, link);
    return { session, link, complete };
  };
  const cut = ({ session, link }: { session: Session; link: Link }) =>
    sessions.detach(session, link);
  return { clock, hub, offline, sessions, begin, cut, faults };
}

const outgoing = new Broadcast({ type: "draining", reconnectAfterMs: 0 });

describe("Sessions", () => {
  test("what is not remembered goes to a connection that can take it, and is refused by one that is behind", () => {
    const { begin, cut } = world();
    const ann = begin("ann");
    expect(ann.session.ephemeral(outgoing)).toBe(false);
    ann.session.live = true;
    expect(ann.session.ephemeral(outgoing)).toBe(false);
    ann.link.congested = false;
    expect([ann.session.ephemeral(outgoing), ann.link.written]).toEqual([true, 1]);
    cut(ann);
    expect([ann.session.ephemeral(outgoing), ann.link.written]).toEqual([true, 1]);
  });

  test("a connection that throws is closed, and the session waits for another; the others hear what there is", async () => {
    const { hub, offline, sessions, begin, faults } = world();
    const [ann, bob, cat] = [begin("ann"), begin("bob"), begin("cat")];
    for (const { session } of [ann, bob, cat]) session.live = true;
    bob.link.fault = new Error("as played");
    const everybody = new Map(["ann", "bob", "cat"].map((user) => [user, memberStanding]));
    const group = { id: "g:1:everyone", members: everybody } as unknown as Conv;
    const fanout = new Fanout({ hub, offline });
    fanout.message(group, { conversation: group.id, seq: 1 } as StoredMessage, undefined);
    bob.session.reply({ type: "draining", reconnectAfterMs: 0 });
    expect([ann.link.written, cat.link.written]).toEqual([1, 1]);
    await Promise.resolve();
    expect([ann, bob, cat].map(({ link }) => link.closedWith)).toEqual([
      undefined,
      "internal",
      undefined,
    ]);
    expect(faults).toEqual([
      ["bob", bob.link.fault],
      ["bob", bob.link.fault],
    ]);
    expect(hub.faults).toBe(2);
    // What it missed waits with the session.
    expect(sessions.find(bob.session.id, "bob", "bob-1")).toBe(bob.session);
    expect(bob.session.unacknowledged()).toEqual([{ conversation: group.id, seq: 1 }]);
  });

  test("a session waits for its client as long as promised from the last loss on, then leaves its place in the queue", () => {
    const { clock, hub, offline, sessions, begin, cut } = world();
    const ann = begin("ann");
    ann.session.deliver("d:ann:bob", 1, outgoing);
    cut(ann);
    clock.advance(resumeMs - 5_000);
    const link = new Link();
    sessions.attach(ann.session, link);
    sessions.detach(ann.session, link);
    clock.advance(resumeMs - 1_000);
    expect(sessions.find(ann.session.id, "ann", "ann-1")).toBe(ann.session);
    clock.advance(3_000);
    expect(ann.session.ended).toBe(true);
    expect([sessions.count, sessions.detachedCount, hub.receivers]).toEqual([0, 0, 0]);
    expect(clock.pending).toBe(0);
    expect(offline.claim("ann", "ann-1")).toEqual({
      refs: [{ conversation: "d:ann:bob", seq: 1 }],
      complete: true,
    });
  });

  test("a connection that comes and goes all the time costs one timer, and so do any number of lost ones", () => {
    const { clock, sessions, begin, cut } = world();
    const ann = begin("ann");
    cut(ann);
    for (let times = 0; times < 1_000; times++) {
      clock.advance(1);
      const link = new Link();
      sessions.attach(ann.session, link);
      sessions.detach(ann.session, link);
    }
    for (const user of ["bob", "eve"]) cut(begin(user));
    expect(clock.pending).toBe(1);
    sessions.attach(ann.session, new Link());
    clock.advance(2 * resumeMs);
    expect([sessions.count, clock.pending, ann.session.ended]).toEqual([1, 0, false]);
  });

  test("a session that has ended is held by nothing until its time would have been over", () => {
    const { clock, sessions, begin, cut } = world();
    for (let times = 0; times < 1_000; times++) {
      cut(begin("ann"));
      clock.advance(1);
    }
    // Each new session of the device has ended the one before.
    expect([sessions.count, sessions.detachedCount, clock.pending]).toEqual([1, 1, 1]);
    clock.advance(2 * resumeMs);
    expect([sessions.count, clock.pending]).toEqual([0, 0]);
  });

  test("taking a session over detaches nothing, even if the old socket is gone at once", () => {
    const { sessions, begin, cut } = world({ detachedSessionsMax: 1 });
    const waiting = begin("bob");
    cut(waiting);
    const ann = begin("ann");
    const link = new Link();
    sessions.attach(ann.session, link);
    expect(ann.link.closedWith).toBe("resumed_elsewhere");
    expect(ann.session.connection).toBe(link);
    // One more without a connection would have cost the one that waits its place.
    expect(waiting.session.ended).toBe(false);
    expect(sessions.detachedCount).toBe(1);
  });

  test("past the bound the session that has waited longest gives way", () => {
    const { sessions, begin, cut } = world({ detachedSessionsMax: 2 });
    const all = ["ann", "bob", "eve"].map((user) => begin(user));
    for (const each of all) cut(each);
    expect(all.map(({ session }) => session.ended)).toEqual([true, false, false]);
    expect(sessions.detachedCount).toBe(2);
  });

  test("a device that begins anew gets what its replaced session had not acknowledged", () => {
    const { sessions, begin } = world();
    const first = begin("ann");
    first.session.deliver("d:ann:bob", 1, outgoing);
    first.session.deliver("d:ann:bob", 2, outgoing);
    first.session.acknowledge(1);
    const second = begin("ann");
    expect(first.link.closedWith).toBe("replaced");
    expect(second.complete).toBe(true);
    expect(second.session.unacknowledged()).toEqual([{ conversation: "d:ann:bob", seq: 2 }]);
    expect(sessions.count).toBe(1);
  });

  test("after more was handed over than is kept, the device has to synchronise", () => {
    const { begin } = world();
    const { session } = begin("ann");
    for (let seq = 1; seq <= 20; seq++) session.deliver("g", seq, outgoing);
    expect(begin("ann")).toMatchObject({ complete: false });
  });

  test.each([
    ["all", [false, false]],
    ["one_per_platform", [true, true]],
    ["one", [true, true]],
  ] as const)("the device policy %s", (devicePolicy, ended) => {
    const { begin } = world({ devicePolicy });
    const others = [begin("ann", "a"), begin("ann", "b")];
    begin("ann", "c");
    expect(others.map(({ session }) => session.ended)).toEqual([...ended]);
  });

  test("more sessions than a user may have displace the oldest", () => {
    const { begin } = world({ sessionsPerUserMax: 2 });
    const all = ["a", "b", "c"].map((device) => begin("ann", device));
    expect(all.map(({ session }) => session.ended)).toEqual([true, false, false]);
  });

  test("a stop parks everybody and leaves no timer", () => {
    const { clock, offline, sessions, begin, cut } = world();
    cut(begin("ann"));
    begin("bob");
    sessions.parkAll();
    expect([sessions.count, sessions.detachedCount, clock.pending]).toEqual([0, 0, 0]);
    for (const user of ["ann", "bob"]) expect(offline.claim(user, `${user}-1`).complete).toBe(true);
  });
});
