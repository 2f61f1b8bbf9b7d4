/** One load against one target: who sends to whom, the run itself, and what came of it. */
import type { Target } from "../target/target.ts";
import { CpuMeter } from "../target/procfs.ts";
import type { Wire } from "../wire/wire.ts";
import { Client } from "./client.ts";
import type { Audience } from "./client.ts";
import { Latency } from "./latency.ts";
import { Ledger } from "./ledger.ts";
import type { Findings } from "./ledger.ts";
import { Pump } from "./pump.ts";
import type { Pace } from "./schedule.ts";

export interface Plan {
  readonly pace: Pace;
  /** The part of the pace that is measured; what comes before warms up. */
  readonly measureFromMs: number;
  readonly measureToMs: number;
  readonly patienceMs?: number | undefined;
  /** How long to wait at the end for what is under way; 20 s if not given. */
  readonly drainMs?: number | undefined;
  /** Called about once a second. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Hears each acknowledgement: its intended time and latency, both in milliseconds. */
  readonly onAck?: ((intendedMs: number, latencyMs: number) => void) | undefined;
  readonly onRefusal?: ((intendedMs: number, name: string) => void) | undefined;
}

export interface Progress {
  readonly elapsedMs: number;
  readonly ackedPerS: number;
  readonly deliveredPerS: number;
}

/** What a measured window moved and cost. */
export interface WindowResult {
  readonly seconds: number;
  readonly acked: number;
  readonly delivered: number;
  /** CPU time of the server in the window; undefined where it cannot be seen. */
  readonly serverCpuNs: number | undefined;
  readonly generatorCpuNs: number;
  readonly ack: Latency;
  readonly delivery: Latency;
  /** From the intended time to the write: what the generator itself added. */
  readonly lateness: Latency;
  readonly abandoned: number;
  readonly disconnected: number;
  readonly disconnectReason: string | undefined;
}

interface Mark {
  readonly ms: number;
  readonly acked: number;
  readonly delivered: number;
  readonly serverCpuNs: number | undefined;
  readonly generatorCpuNs: number;
}

/** How long a run waits for what is under way when the pace has ended. */
const drainMsMax = 20_000;

export class Load implements Audience {
  readonly ledger = new Ledger();
  readonly clients: Client[] = [];
  /** Why the first connection that was lost during the load ended. */
  disconnectReason: string | undefined;
  readonly #target: Target;
  readonly #meter: CpuMeter | undefined;
  readonly #ownMeter = new CpuMeter(process.pid);
  #writers: ((out: Buffer, at: number, n: number) => number)[] = [];
  #pump: Pump | undefined;
  #plan: Plan | undefined;
  #ack = new Latency();
  #delivery = new Latency();
  #answered = 0;
  #disconnected = 0;
  #closing = false;

  constructor(target: Target) {
    this.#target = target;
    this.#meter = target.pid === undefined ? undefined : new CpuMeter(target.pid);
  }

  /** Adds a user who views `conversation`; its number is its place in `clients`. */
  addClient(wire: Wire, conversation: number): Client {
    const client = new Client(this.clients.length, wire, this);
    this.clients.push(client);
    this.ledger.addReader(conversation, wire.ordersBySender);
    return client;
  }

  /** Makes the first clients senders, one for each writer. */
  setWriters(writers: ((out: Buffer, at: number, n: number) => number)[]): void {
    this.#writers = writers;
    for (let i = 0; i < writers.length; i++) this.ledger.addSender(i, i);
  }

  /** Connects every client that is not connected yet, `width` at a time; returns connections per second. */
  async connectAll(width: number): Promise<number> {
    const waiting = this.clients.filter((client) => client.link === undefined);
    const count = waiting.length;
    const startMs = performance.now();
    const worker = async () => {
      for (let client = waiting.pop(); client !== undefined; client = waiting.pop()) {
        await client.connect(this.#target.endpoint, this.#target.token(client.number));
      }
    };
    await Promise.all(Array.from({ length: width }, worker));
    return count / ((performance.now() - startMs) / 1000);
  }

  /** Runs a plan to its end and through the drain. Latencies are of messages meant to be sent in the measured window. */
  async run(plan: Plan): Promise<WindowResult> {
    const senders = this.clients.slice(0, this.#writers.length);
    const pump = new Pump({
      senders,
      writers: this.#writers,
      pace: plan.pace,
      onSent: (client) => this.ledger.sent(client.number),
      patienceMs: plan.patienceMs ?? Number.POSITIVE_INFINITY,
    });
    this.#pump = pump;
    this.#plan = plan;
    this.#ack = new Latency();
    this.#delivery = new Latency();
    this.#answered = 0;
    pump.start(performance.now());
    await this.#tickUntil(plan.measureFromMs);
    pump.lateness.reset();
    const from = this.#mark();
    await this.#tickUntil(plan.measureToMs);
    const to = this.#mark();
    await this.#tickUntil(plan.pace.lengthMs);
    await this.#drain(pump, plan.drainMs ?? drainMsMax);
    return {
      seconds: (to.ms - from.ms) / 1000,
      acked: to.acked - from.acked,
      delivered: to.delivered - from.delivered,
      serverCpuNs:
        to.serverCpuNs === undefined ? undefined : to.serverCpuNs - (from.serverCpuNs ?? 0),
      generatorCpuNs: to.generatorCpuNs - from.generatorCpuNs,
      ack: this.#ack,
      delivery: this.#delivery,
      lateness: pump.lateness,
      abandoned: pump.abandoned,
      disconnected: this.#disconnected,
      disconnectReason: this.disconnectReason,
    };
  }

  get disconnected(): number {
    return this.#disconnected;
  }

  /** Asks every session whether it is there; resolves to how many did not answer in time. */
  async countSilent(): Promise<number> {
    let silent = this.clients.length;
    const asked = this.clients.map((client) =>
      client.probe().then(
        () => silent--,
        () => undefined,
      ),
    );
    await Promise.race([Promise.all(asked), Bun.sleep(drainMsMax)]);
    return silent;
  }

  findings(): Findings {
    return this.ledger.findings();
  }

  close(): void {
    this.#closing = true;
    for (const client of this.clients) client.link?.close();
  }

  acknowledged(client: Client, n: number, seq: number): void {
    this.ledger.acknowledged(client.number, n, seq);
    const intendedMs = this.#answer(client, n);
    if (Number.isNaN(intendedMs)) return;
    const latencyMs = (this.#pump as Pump).elapsedMs - intendedMs;
    if (this.#isMeasured(intendedMs)) this.#ack.record(latencyMs);
    this.#plan?.onAck?.(intendedMs, latencyMs);
  }

  refused(client: Client, n: number, name: string): void {
    this.ledger.refused(client.number, n);
    this.#plan?.onRefusal?.(this.#answer(client, n), name);
  }

  message(client: Client, sender: number | undefined, n: number, seq: number): void {
    this.ledger.deliver(client.number, sender, n, seq);
    if (sender === undefined || this.#pump === undefined) return;
    const intendedMs = this.#pump.intendedMs(sender, n);
    if (this.#isMeasured(intendedMs)) this.#delivery.record(this.#pump.elapsedMs - intendedMs);
  }

  writable(client: Client): void {
    this.#pump?.writable(client.number);
  }

  closed(client: Client, code: number, reason: string): void {
    if (this.#closing) return;
    this.#disconnected++;
    this.disconnectReason ??= `user ${client.number}: ${code} ${reason}`.trimEnd();
  }

  #answer(client: Client, n: number): number {
    if (this.#pump === undefined) return Number.NaN;
    this.#answered++;
    this.#pump.answered = this.#answered;
    return this.#pump.intendedMs(client.number, n);
  }

  #isMeasured(intendedMs: number): boolean {
    const plan = this.#plan;
    return plan !== undefined && intendedMs >= plan.measureFromMs && intendedMs < plan.measureToMs;
  }

  #mark(): Mark {
    return {
      ms: performance.now(),
      acked: this.ledger.acked,
      delivered: this.ledger.delivered,
      serverCpuNs: this.#meter?.readNs(),
      generatorCpuNs: this.#ownMeter.readNs(),
    };
  }

  async #tickUntil(elapsedMs: number): Promise<void> {
    const pump = this.#pump as Pump;
    let last = this.#mark();
    while (pump.elapsedMs < elapsedMs) {
      pump.tick();
      await Bun.sleep(1);
      if (performance.now() - last.ms < 1000) continue;
      const now = this.#mark();
      const seconds = (now.ms - last.ms) / 1000;
      this.#plan?.onProgress?.({
        elapsedMs: pump.elapsedMs,
        ackedPerS: (now.acked - last.acked) / seconds,
        deliveredPerS: (now.delivered - last.delivered) / seconds,
      });
      last = now;
    }
  }

  /** Waits until everything sent is answered and everything acknowledged has arrived, or until that takes too long. */
  async #drain(pump: Pump, drainMs: number): Promise<void> {
    const deadlineMs = performance.now() + drainMs;
    pump.tick();
    while (performance.now() < deadlineMs) {
      await Bun.sleep(20);
      if (pump.waiting === 0 && this.ledger.unanswered === 0 && this.ledger.complete()) return;
    }
  }
}
