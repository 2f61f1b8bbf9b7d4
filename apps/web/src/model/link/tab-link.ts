import { modelErrors, ModelError, type PlainError, plainError } from "../errors.ts";
import type { CallName, CallParam, CallResult } from "./calls.ts";
import type { Election } from "./election.ts";
import type { LinkEvent, Snapshot } from "./events.ts";
import { onceOnly } from "./once-only.ts";
import type { Port } from "./channel.ts";

/** What tabs say to each other. `N` is what they share beside the connection: drafts, pins and the like. */
export type TabMessage<N> =
  | { type: "who" }
  | { type: "leader"; leader: string }
  | { type: "resigned"; leader: string }
  | { type: "events"; leader: string; first: number; events: readonly LinkEvent[] }
  | { type: "call"; id: number; from: string; to: string; name: string; param: unknown }
  | { type: "result"; id: number; to: string; result: unknown }
  | { type: "failure"; id: number; to: string; error: PlainError }
  | { type: "note"; note: N }
  | { type: "bye"; from: string };

/** The connection itself, in the tab that leads. */
export interface Server {
  call(name: string, param: unknown, tab: string): Promise<unknown>;
  snapshot(): Snapshot;
  /** A tab is gone. */
  forget(tab: string): void;
  close(): void;
}

export interface TabLinkDeps<N> {
  /** This tab's id. */
  readonly tab: string;
  readonly port: Port<TabMessage<N>> | undefined;
  readonly election: Election;
  readonly clock: Timers;
  /** Makes the connection, once this tab leads. */
  serve(emit: (event: LinkEvent) => void): Server;
  /** Whether somebody looks at this tab: only then a silent leader matters. */
  visible(): boolean;
}

export interface Timers {
  /** Calls back once after `ms`; the returned function cancels it. */
  after(ms: number, callback: () => void): () => void;
}

export interface TabLinkEvents<N> {
  /** Where things stand: at the beginning, after a change of the leader, and when something was missed. */
  attached(snapshot: Snapshot): void;
  events(events: readonly LinkEvent[]): void;
  note(note: N): void;
  /** Whether this tab leads. */
  leading(on: boolean): void;
}

interface Waiting {
  readonly name: string;
  readonly param: unknown;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly cancelTimer: () => void;
  /** True once it was handed to a leader. */
  sent: boolean;
}

const callTimeoutMs = 12_000;
/** Calls that wait for an answer, or for a leader; past that they are refused. */
const waitingMax = 512;
const probeEveryMs = 3_000;
const probeTimeoutMs = 2_500;
/** Silent probes after which the leader counts as frozen. */
const silencesMax = 2;
/** Events are sent to the other tabs together, as soon as the current task is over, and at most so many at once. */
const batchMax = 256;

/**
 * One connection for all tabs of a browser. The tab that wins the election makes it; the others send it their calls and get its events. When the leader
 * goes, or is frozen and does not answer, another one takes over: calls that are under way are given again, except those that must not be.
 */
export class TabLink<N> {
  readonly #deps: TabLinkDeps<N>;
  readonly #events: TabLinkEvents<N>;
  #server: Server | undefined;
  /** Who leads, if another tab does and is known. */
  #leader: string | undefined;
  /** The number of the next event of that leader. */
  #next: number | undefined;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #silences = 0;
  #cancelProbe: (() => void) | undefined;
  #unlisten: (() => void) | undefined;
  #batch: LinkEvent[] = [];
  #sentEvents = 0;
  /** No other tab was heard of so far: nothing needs to be said. */
  #alone = true;
  #closed = false;

  constructor(deps: TabLinkDeps<N>, events: TabLinkEvents<N>) {
    this.#deps = deps;
    this.#events = events;
  }

  get leads(): boolean {
    return this.#server !== undefined;
  }

  start(): void {
    const { port, election } = this.#deps;
    this.#unlisten = port?.listen((message) => this.#heard(message));
    election.start({ won: () => this.#won(), lost: () => this.#lost() });
    if (!this.leads) port?.post({ type: "who" });
    this.#probeLater();
  }

  /** Gives a call to the connection, wherever it is. @throws ModelError what it was refused with, `timeout`, `connection_lost`, `too_many_waiting` */
  call<C extends CallName>(
    name: C,
    ...[param]: CallParam<C> extends undefined ? [] : [CallParam<C>]
  ): Promise<CallResult<C>> {
    return this.request(name, param) as Promise<CallResult<C>>;
  }

  /** A call by its name: those of the table, and those of the tab that leads (`watch`, `snapshot`). */
  request(name: string, param: unknown, timeoutMs: number = callTimeoutMs): Promise<unknown> {
    if (this.#closed) return Promise.reject(new ModelError(modelErrors.signedOut));
    if (this.#server)
      return this.#server.call(name, param, this.#deps.tab).catch((thrown: unknown) => {
        throw new ModelError(plainError(thrown), thrown);
      });
    if (this.#waiting.size >= waitingMax)
      return Promise.reject(new ModelError(modelErrors.tooMany));
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId;
      const cancelTimer = this.#deps.clock.after(timeoutMs, () => {
        this.#waiting.delete(id);
        reject(new ModelError(modelErrors.timeout));
      });
      const waiting = { name, param, resolve, reject, cancelTimer, sent: false };
      this.#waiting.set(id, waiting);
      if (this.#leader !== undefined) this.#post(id, waiting);
    });
  }

  /** Tells all other tabs. */
  note(note: N): void {
    if (!this.#closed) this.#deps.port?.post({ type: "note", note });
  }

  /** Somebody looks at this tab again: makes sure that the leader lives. */
  wake(): void {
    if (!this.leads) this.#probe();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#cancelProbe?.();
    const { port, election, tab } = this.#deps;
    port?.post({ type: "bye", from: tab });
    this.#stopServing();
    election.stop();
    this.#unlisten?.();
    port?.close();
    for (const waiting of this.#waiting.values()) {
      waiting.cancelTimer();
      waiting.reject(new ModelError(modelErrors.signedOut));
    }
    this.#waiting.clear();
  }

  #won(): void {
    if (this.#closed || this.#server) return;
    this.#leader = undefined;
    const server = this.#deps.serve((event) => this.#emit(event));
    this.#server = server;
    this.#deps.port?.post({ type: "leader", leader: this.#deps.tab });
    this.#events.leading(true);
    this.#events.attached(server.snapshot());
    for (const [id, waiting] of this.#waiting) {
      if (this.#refuseRepeated(id, waiting)) continue;
      this.#waiting.delete(id);
      waiting.cancelTimer();
      this.request(waiting.name, waiting.param).then(waiting.resolve, waiting.reject);
    }
  }

  #lost(): void {
    if (!this.#server) return;
    this.#stopServing();
    this.#events.leading(false);
    this.#deps.port?.post({ type: "who" });
    this.#probeLater();
  }

  #stopServing(): void {
    if (!this.#server) return;
    this.#flush();
    this.#server.close();
    this.#server = undefined;
    this.#deps.port?.post({ type: "resigned", leader: this.#deps.tab });
  }

  #heard(message: TabMessage<N>): void {
    if (this.#closed) return;
    this.#alone = false;
    switch (message.type) {
      case "note":
        return this.#events.note(message.note);
      case "who":
        if (this.leads) this.#deps.port?.post({ type: "leader", leader: this.#deps.tab });
        return;
      case "bye":
        return this.#server?.forget(message.from);
      case "call":
        if (message.to === this.#deps.tab) void this.#answer(message);
        return;
      case "leader":
        return this.#follow(message.leader);
      case "resigned":
        if (message.leader === this.#leader) this.#leader = undefined;
        return;
      case "events":
        return this.#received(message);
      case "result":
        return this.#settle(message, (waiting) => waiting.resolve(message.result));
      case "failure":
        return this.#settle(message, (waiting) => waiting.reject(new ModelError(message.error)));
    }
  }

  /** The leader's side of a call from another tab. */
  async #answer({ id, from, name, param }: TabMessage<N> & { type: "call" }): Promise<void> {
    const { port } = this.#deps;
    try {
      if (!this.#server) throw new ModelError(modelErrors.connectionLost);
      const result = await this.#server.call(name, param, from);
      port?.post({ type: "result", id, to: from, result });
    } catch (thrown) {
      port?.post({ type: "failure", id, to: from, error: plainError(thrown) });
    }
  }

  #settle({ id, to }: { id: number; to: string }, settle: (waiting: Waiting) => void): void {
    if (to !== this.#deps.tab) return;
    const waiting = this.#waiting.get(id);
    if (!waiting) return;
    this.#silences = 0;
    this.#waiting.delete(id);
    waiting.cancelTimer();
    settle(waiting);
  }

  #follow(leader: string): void {
    // Two that think that they lead: the one who won last has stolen the lock, and the other hears of it from the browser.
    if (this.leads || leader === this.#leader) return;
    this.#leader = leader;
    this.#next = undefined;
    this.#silences = 0;
    for (const [id, waiting] of this.#waiting)
      if (!this.#refuseRepeated(id, waiting)) this.#post(id, waiting);
    void this.#attach(leader);
  }

  /** What must not be done twice is not given to a second leader. */
  #refuseRepeated(id: number, waiting: Waiting): boolean {
    if (!waiting.sent || !(onceOnly as ReadonlySet<string>).has(waiting.name)) return false;
    this.#waiting.delete(id);
    waiting.cancelTimer();
    waiting.reject(new ModelError(modelErrors.connectionLost));
    return true;
  }

  async #attach(leader: string): Promise<void> {
    try {
      const snapshot = (await this.request("snapshot", undefined)) as Snapshot;
      if (this.#leader === leader && !this.#closed) this.#events.attached(snapshot);
    } catch {
      // The leader is gone or silent; the next one, or the probe, begins again.
    }
  }

  #received({ leader, first, events }: TabMessage<N> & { type: "events" }): void {
    if (this.leads) return;
    if (leader !== this.#leader) this.#follow(leader);
    const missed = this.#next !== undefined && first !== this.#next;
    this.#next = first + events.length;
    this.#silences = 0;
    this.#events.events(events);
    if (missed) void this.#attach(leader);
  }

  #post(id: number, waiting: Waiting): void {
    if (this.#leader === undefined) return;
    waiting.sent = true;
    const { name, param } = waiting;
    this.#deps.port?.post({
      type: "call",
      id,
      from: this.#deps.tab,
      to: this.#leader,
      name,
      param,
    });
  }

  #emit(event: LinkEvent): void {
    if (this.#closed) return;
    this.#events.events([event]);
    if (!this.#deps.port || this.#alone) return;
    this.#batch.push(event);
    if (this.#batch.length === 1) queueMicrotask(() => this.#flush());
    else if (this.#batch.length >= batchMax) this.#flush();
  }

  #flush(): void {
    if (this.#batch.length === 0) return;
    const events = this.#batch;
    this.#batch = [];
    const first = this.#sentEvents;
    this.#sentEvents += events.length;
    this.#deps.port?.post({ type: "events", leader: this.#deps.tab, first, events });
  }

  #probeLater(): void {
    this.#cancelProbe?.();
    if (this.#closed || !this.#deps.port) return;
    this.#cancelProbe = this.#deps.clock.after(probeEveryMs, () => this.#probe());
  }

  /** Asks the leader for a sign of life, while somebody looks at this tab; a silent one loses the lead. */
  #probe(): void {
    this.#probeLater();
    if (this.leads || !this.#deps.visible()) return;
    if (this.#silences >= silencesMax) {
      this.#silences = 0;
      this.#leader = undefined;
      return this.#deps.election.steal();
    }
    this.#silences++;
    if (this.#leader === undefined) return this.#deps.port?.post({ type: "who" });
    this.request("probe", undefined, probeTimeoutMs).catch(() => {
      // Counted already; an answer would have begun the count anew.
    });
  }
}
