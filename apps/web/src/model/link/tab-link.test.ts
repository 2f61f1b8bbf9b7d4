import { describe, expect, test } from "bun:test";
import { message, FakeChannels, FakeTimers, settle } from "../testing/fakes.ts";
import type { Election } from "./election.ts";
import type { LinkEvent, Snapshot } from "./events.ts";
import { TabLink, type TabMessage } from "./tab-link.ts";

type Note = { text: string };

/** A lock that tabs wait for in turn, as Web Locks do. */
class FakeLock {
  readonly #queue: { won(): void; lost(): void }[] = [];
  #holder: { won(): void; lost(): void } | undefined;

  election(): Election & { gone(): void } {
    let events: { won(): void; lost(): void } | undefined;
    const leave = (): void => {
      if (!events) return;
      const at = this.#queue.indexOf(events);
      if (at !== -1) this.#queue.splice(at, 1);
      if (this.#holder === events) {
        this.#holder = undefined;
        this.#next();
      }
    };
    return {
      start: (given) => {
        events = given;
        this.#queue.push(events);
        this.#next();
      },
      steal: () => {
        if (!events || this.#holder === events) return;
        const robbed = this.#holder;
        this.#queue.splice(this.#queue.indexOf(events), 1);
        this.#holder = events;
        if (robbed) this.#queue.push(robbed);
        events.won();
        robbed?.lost();
      },
      stop: leave,
      gone: leave,
    };
  }

  #next(): void {
    if (this.#holder) return;
    this.#holder = this.#queue.shift();
    this.#holder?.won();
  }
}

class Browser {
  readonly timers = new FakeTimers();
  readonly channels = new FakeChannels<TabMessage<Note>>();
  readonly lock = new FakeLock();
  count = 0;

  tab({ visible = true } = {}) {
    const name = `tab${++this.count}`;
    const port = this.channels.open();
    const election = this.lock.election();
    const seen = {
      events: [] as LinkEvent[],
      attached: [] as Snapshot[],
      notes: [] as Note[],
      calls: [] as string[],
      leading: false,
    };
    const state = { visible, silent: false, closed: 0, forgotten: [] as string[] };
    let emit: ((event: LinkEvent) => void) | undefined;
    const link = new TabLink<Note>(
      {
        tab: name,
        port,
        election,
        clock: this.timers,
        visible: () => state.visible,
        serve(emitEvent) {
          emit = emitEvent;
          return {
            async call(call, param, from) {
              seen.calls.push(`${call} ${from}`);
              if (state.silent) await new Promise(() => {});
              if (call === "snapshot")
                return { state: "online", outbox: [], typing: [], presences: [] };
              if (call === "rename") {
                const error = new Error("Your role does not allow this.");
                throw Object.assign(error, { name: "forbidden", retryable: false });
              }
              return { by: name, param };
            },
            snapshot: () => ({ state: "online", outbox: [], typing: [], presences: [] }),
            forget: (gone) => state.forgotten.push(gone),
            close: () => state.closed++,
          };
        },
      },
      {
        attached: (snapshot) => seen.attached.push(snapshot),
        events: (events) => seen.events.push(...events),
        note: (note) => seen.notes.push(note),
        leading: (on) => (seen.leading = on),
      },
    );
    link.start();
    return { link, seen, state, port, election, name, emit: (event: LinkEvent) => emit?.(event) };
  }
}

const news = (seq: number): LinkEvent => ({ type: "message", message: message(seq) });
const numbers = (events: readonly LinkEvent[]) =>
  events.map((event) => (event.type === "message" ? event.message.seq : 0));
const fate = (promise: Promise<unknown>) =>
  promise.then(
    (result) => result,
    (error: Error) => error.name,
  );

describe("tabs of one browser", () => {
  test("share the connection of the first one: calls go there, events come from there", async () => {
    const browser = new Browser();
    const first = browser.tab();
    const second = browser.tab();
    await settle();
    expect([first.link.leads, second.link.leads]).toEqual([true, false]);
    expect([first.seen.attached.length, second.seen.attached.length]).toEqual([1, 1]);
    expect(await second.link.call("info", "d:alice:bob")).toEqual({
      by: "tab1",
      param: "d:alice:bob",
    } as never);
    expect(await fate(second.link.call("rename", { conversation: "g", title: "t" }))).toBe(
      "forbidden",
    );
    first.emit(news(1));
    first.emit(news(2));
    await settle();
    expect(numbers(first.seen.events)).toEqual([1, 2]);
    expect(numbers(second.seen.events)).toEqual([1, 2]);
    second.link.note({ text: "a draft" });
    await settle();
    expect(first.seen.notes).toEqual([{ text: "a draft" }]);
  });

  test("go on when the leader closes: what was under way is given to the next one, unless it must not be twice", async () => {
    const browser = new Browser();
    const first = browser.tab();
    const second = browser.tab();
    await settle();
    first.state.silent = true;
    const asked = fate(second.link.call("info", "d:alice:bob"));
    const made = fate(
      second.link.call("createGroup", { title: "t", members: [], channel: false, open: false }),
    );
    await settle();
    first.port.close();
    first.election.gone();
    await settle();
    expect(second.link.leads).toBe(true);
    expect(await asked).toMatchObject({ by: "tab2" });
    expect(await made).toBe("connection_lost");
    const third = browser.tab();
    await settle();
    expect(third.seen.attached.length).toBe(1);
  });

  test("a tab that closes is forgotten by the leader, and a leader that closes hands over", async () => {
    const browser = new Browser();
    const first = browser.tab();
    const second = browser.tab();
    const third = browser.tab();
    await settle();
    third.link.close();
    await settle();
    expect(first.state.forgotten).toEqual(["tab3"]);
    first.link.close();
    await settle();
    expect([first.state.closed, second.link.leads, second.seen.leading]).toEqual([1, true, true]);
    expect(await fate(first.link.call("wake"))).toBe("signed_out");
  });

  test("a frozen leader loses the lead to a tab that somebody looks at, and follows when it thaws", async () => {
    const browser = new Browser();
    const first = browser.tab();
    const second = browser.tab();
    const hidden = browser.tab({ visible: false });
    await settle();
    first.port.frozen = true;
    first.state.visible = false;
    const asked = fate(second.link.call("info", "d:alice:bob"));
    await browser.timers.advance(30_000);
    expect([second.link.leads, hidden.link.leads]).toEqual([true, false]);
    expect(await asked).toMatchObject({ by: "tab2" });
    expect([first.link.leads, first.state.closed]).toEqual([false, 1]);
    first.port.frozen = false;
    first.state.visible = true;
    await browser.timers.advance(10_000);
    expect(await fate(first.link.call("info", "d:alice:bob"))).toMatchObject({ by: "tab2" });
    second.emit(news(7));
    await settle();
    expect([numbers(first.seen.events), numbers(hidden.seen.events)]).toEqual([[7], [7]]);
  });

  test("a tab that missed events asks where things stand", async () => {
    const browser = new Browser();
    const first = browser.tab();
    const second = browser.tab();
    await settle();
    first.emit(news(1));
    await settle();
    second.port.frozen = true;
    first.emit(news(2));
    await settle();
    second.port.frozen = false;
    expect(second.seen.attached.length).toBe(1);
    first.emit(news(3));
    await settle();
    expect([numbers(second.seen.events), second.seen.attached.length]).toEqual([[1, 3], 2]);
  });

  test("what nobody answers times out, and what waits is bounded", async () => {
    const browser = new Browser();
    const first = browser.tab();
    const second = browser.tab({ visible: false });
    await settle();
    first.state.silent = true;
    const all = Array.from({ length: 600 }, () => fate(second.link.call("devices")));
    await browser.timers.advance(20_000);
    const names = await Promise.all(all);
    expect(names.filter((name) => name === "timeout").length).toBe(512);
    expect(names.filter((name) => name === "too_many_waiting").length).toBe(88);
  });

  test("a lone tab says nothing to nobody", async () => {
    const browser = new Browser();
    const first = browser.tab();
    const heard: string[] = [];
    const ear = browser.channels.open();
    ear.listen(({ type }) => heard.push(type));
    for (let seq = 1; seq <= 100; seq++) first.emit(news(seq));
    await settle();
    expect(heard).toEqual([]);
    ear.post({ type: "who" });
    await settle();
    for (let seq = 101; seq <= 200; seq++) first.emit(news(seq));
    await settle();
    expect(heard).toEqual(["leader", "events"]);
  });
});
