import { describe, expect, test } from "bun:test";
import { jsonCodec, limits } from "@godwit/protocol";
import { Hub } from "../hub/hub.ts";
import type { Outgoing } from "../hub/outgoing.ts";
import type { Receiver } from "../hub/receiver.ts";
import { FakeClock } from "../lib/testing/fake-clock.ts";
import { Presence } from "./presence.ts";

const lingerMs = 2_000;
/** The wheel turns in quarters of a second. */
const tickMs = 250;

/** A session as the hub sees it, whose state a test sets. */
class Device implements Receiver {
  readonly user: string;
  readonly device: string;
  shown: "online" | "away" | undefined = undefined;
  readonly heard: unknown[] = [];
  behind = false;

  constructor(user: string, device = `${user}-1`) {
    this.user = user;
    this.device = device;
  }

  deliver(): void {}
  notify(): void {}

  ephemeral(outgoing: Outgoing): boolean {
    if (this.behind) return false;
    const { presence } = JSON.parse(String(outgoing.encode(jsonCodec))) as { presence: unknown };
    this.heard.push(presence);
    return true;
  }
}

function world() {
  const clock = new FakeClock();
  const hub = new Hub();
  const asked: string[] = [];
  const presence = new Presence({
    hub,
    clock,
    lingerMs,
    lastSeen: (user) => {
      asked.push(user);
      return Promise.resolve(user === "unknown" ? undefined : 1_000);
    },
  });
  /** A session connects, or changes what it shows. */
  const shows = (device: Device, shown: Device["shown"]) => {
    const wasShown = device.shown !== undefined;
    device.shown = shown;
    if (!hub.of(device.user).includes(device)) hub.add(device);
    presence.changed(device, wasShown);
  };
  const loses = (device: Device) => {
    device.shown = undefined;
    presence.left(device.user);
  };
  const watcher = new Device("watcher");
  return { clock, hub, presence, shows, loses, watcher, asked };
}

describe("Presence", () => {
  test("watchers hear of each change once, and of nothing else", () => {
    const { presence, shows, watcher } = world();
    const bob = new Device("bob");
    expect(presence.watch(watcher, ["bob"])).toBe(true);
    shows(bob, "online");
    shows(bob, "online");
    shows(bob, "away");
    expect(watcher.heard).toEqual([
      { user: "bob", status: "online" },
      { user: "bob", status: "away" },
    ]);
    presence.unwatch(watcher, ["bob"]);
    shows(bob, "online");
    expect(watcher.heard).toHaveLength(2);
  });

  test("the most present of a user's sessions counts", () => {
    const { presence, shows } = world();
    shows(new Device("bob", "desk"), "away");
    expect(presence.status("bob")).toBe("away");
    shows(new Device("bob", "phone"), "online");
    expect(presence.status("bob")).toBe("online");
    expect(presence.status("nobody")).toBe("offline");
  });

  test("who comes back in time was never away; who does not is offline, since the connection was lost", () => {
    const { clock, presence, shows, loses, watcher } = world();
    const bob = new Device("bob");
    shows(bob, "online");
    presence.watch(watcher, ["bob"]);
    loses(bob);
    clock.advance(lingerMs / 2);
    shows(bob, "online");
    clock.advance(lingerMs * 2);
    expect(watcher.heard).toEqual([]);
    const lostAt = clock.now();
    loses(bob);
    clock.advance(lingerMs - 1);
    expect(watcher.heard).toEqual([]);
    clock.advance(tickMs + 1);
    expect(watcher.heard).toEqual([{ user: "bob", status: "offline", lastSeen: lostAt }]);
  });

  test("who begins to watch while a lost connection is no news yet is told what the others know, and hears what they hear", async () => {
    const { clock, presence, shows, loses, watcher } = world();
    const bob = new Device("bob");
    shows(bob, "online");
    presence.watch(watcher, ["bob"]);
    const later = new Device("later");
    const begins = () => {
      presence.watch(later, ["bob"]);
      return presence.describe(["bob"]);
    };
    loses(bob);
    expect(await begins()).toEqual([{ user: "bob", status: "online" }]);
    shows(bob, "online");
    clock.advance(lingerMs * 2);
    expect(later.heard).toEqual([]);
    presence.unwatch(later, ["bob"]);
    const lostAt = clock.now();
    loses(bob);
    expect(await begins()).toEqual([{ user: "bob", status: "online" }]);
    clock.advance(lingerMs + tickMs);
    expect(later.heard).toEqual([{ user: "bob", status: "offline", lastSeen: lostAt }]);
    expect(watcher.heard).toEqual(later.heard);
  });

  test("the first to watch hears of a return within the moment, too", async () => {
    const { clock, presence, shows, loses, watcher } = world();
    const bob = new Device("bob");
    shows(bob, "online");
    loses(bob);
    presence.watch(watcher, ["bob"]);
    const lostAt = clock.now();
    expect(await presence.describe(["bob"])).toEqual([
      { user: "bob", status: "offline", lastSeen: lostAt },
    ]);
    shows(bob, "online");
    expect(watcher.heard).toEqual([{ user: "bob", status: "online" }]);
  });

  test("who is behind is told how it is once that is over, and not what was in between", () => {
    const { clock, presence, shows, watcher } = world();
    const [bob, carol, dan] = ["bob", "carol", "dan"].map((user) => new Device(user)) as [
      Device,
      Device,
      Device,
    ];
    presence.watch(watcher, ["bob", "carol", "dan"]);
    watcher.behind = true;
    for (const each of [bob, carol, dan]) shows(each, "online");
    clock.advance(10_000);
    shows(bob, "away");
    presence.unwatch(watcher, ["dan"]);
    watcher.behind = false;
    shows(carol, "away");
    expect(watcher.heard).toEqual([{ user: "carol", status: "away" }]);
    clock.advance(2_000);
    expect(watcher.heard.slice(1)).toEqual([{ user: "bob", status: "away" }]);
    watcher.behind = true;
    shows(bob, "online");
    presence.forget(watcher);
    watcher.behind = false;
    clock.advance(2_000);
    expect(watcher.heard.length).toBe(2);
    presence.stop();
  });

  test("who begins to watch is not told an old state after the new one", async () => {
    const { presence, shows, watcher } = world();
    presence.watch(watcher, ["bob"]);
    const described = presence.describe(["bob"]);
    shows(new Device("bob"), "online");
    expect(watcher.heard).toEqual([{ user: "bob", status: "online" }]);
    expect(await described).toEqual([{ user: "bob", status: "online" }]);
  });

  test("each loss of the connection has its own moment to come back in", () => {
    const { clock, presence, shows, loses, watcher } = world();
    const bob = new Device("bob");
    shows(bob, "online");
    presence.watch(watcher, ["bob"]);
    loses(bob);
    clock.advance(lingerMs / 2);
    shows(bob, "online");
    clock.advance(lingerMs / 4);
    loses(bob);
    // The moment of the first loss is over; that of the second is not.
    clock.advance(lingerMs / 2);
    expect(watcher.heard).toEqual([]);
    shows(bob, "online");
    clock.advance(lingerMs * 2);
    expect(watcher.heard).toEqual([]);
  });

  test("hiding is told at once", () => {
    const { clock, presence, shows, watcher } = world();
    const bob = new Device("bob");
    shows(bob, "online");
    presence.watch(watcher, ["bob"]);
    shows(bob, undefined);
    expect(watcher.heard).toEqual([{ user: "bob", status: "offline", lastSeen: clock.now() }]);
  });

  test("last sights come from memory, and from the registry of devices for those of long ago", async () => {
    const { clock, presence, shows, loses, asked } = world();
    const bob = new Device("bob");
    shows(bob, "online");
    shows(new Device("eve"), "away");
    loses(bob);
    const lostAt = clock.now();
    clock.advance(lingerMs);
    expect(await presence.describe(["bob", "carol", "unknown", "eve"])).toEqual([
      { user: "bob", status: "offline", lastSeen: lostAt },
      { user: "carol", status: "offline", lastSeen: 1_000 },
      { user: "unknown", status: "offline" },
      { user: "eve", status: "away" },
    ]);
    expect(asked).toEqual(["carol", "unknown"]);
  });

  test("a session watches a bounded number of users; asking again for the same costs nothing", () => {
    const { presence, shows, watcher } = world();
    const many = Array.from({ length: limits.watchedUsersMax }, (_, index) => `user-${index}`);
    expect(presence.watch(watcher, many)).toBe(true);
    expect(presence.watch(watcher, many)).toBe(true);
    expect(presence.watch(watcher, ["one-more"])).toBe(false);
    shows(new Device("one-more"), "online");
    expect(watcher.heard).toEqual([]);
    presence.unwatch(watcher, ["user-0"]);
    expect(presence.watch(watcher, ["one-more"])).toBe(true);
  });

  test("a session that has ended hears nothing, and lingering costs nothing once nobody watches", () => {
    const { clock, presence, shows, loses, watcher } = world();
    const bob = new Device("bob");
    presence.watch(watcher, ["bob"]);
    presence.forget(watcher);
    shows(bob, "online");
    loses(bob);
    expect(watcher.heard).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  test("a new name is told to those who watch, with the state as it is, and to nobody else", async () => {
    const { presence, shows, watcher } = world();
    const stranger = new Device("stranger");
    presence.watch(watcher, ["bob", "carol"]);
    presence.watch(stranger, ["dan"]);
    await presence.renamed("carol", "Carol C.");
    shows(new Device("bob"), "away");
    await presence.renamed("bob", "Bob Ross");
    expect(watcher.heard).toEqual([
      { user: "carol", status: "offline", lastSeen: 1_000, name: "Carol C." },
      { user: "bob", status: "away" },
      { user: "bob", status: "away", name: "Bob Ross" },
    ]);
    expect(stranger.heard).toEqual([]);
  });

  test("a new name makes no news of a lost connection before it is any", async () => {
    const { presence, shows, loses, watcher } = world();
    const bob = new Device("bob");
    shows(bob, "online");
    presence.watch(watcher, ["bob"]);
    loses(bob);
    await presence.renamed("bob", "Bob Ross");
    shows(bob, "online");
    expect(watcher.heard).toEqual([{ user: "bob", status: "online", name: "Bob Ross" }]);
  });

  test("a new name brings nobody's old state after the new one", async () => {
    const { presence, shows, watcher } = world();
    presence.watch(watcher, ["bob"]);
    const renamed = presence.renamed("bob", "Bob Ross");
    shows(new Device("bob"), "online");
    await renamed;
    expect(watcher.heard).toEqual([
      { user: "bob", status: "online" },
      { user: "bob", status: "online", name: "Bob Ross" },
    ]);
  });

  test("stopping leaves no timer", () => {
    const { clock, presence, shows, loses, watcher } = world();
    const bob = new Device("bob");
    shows(bob, "online");
    presence.watch(watcher, ["bob"]);
    loses(bob);
    expect(clock.pending).toBe(1);
    presence.stop();
    expect(clock.pending).toBe(0);
  });
});
