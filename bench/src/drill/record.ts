/** What a drill saw, and what became of it: pure bookkeeping, so that it can be shown to find what it looks for. */
import type { Message } from "@godwit/protocol";

/** One message as somebody saw it. System messages have no text. */
export interface Seen {
  readonly seq: number;
  readonly sender: string;
  readonly clientId: string;
  readonly text: string;
}

/** What matters of a message of the protocol. */
export function seenOf(message: Pick<Message, "seq" | "sender" | "clientId" | "content">): Seen {
  const { seq, sender, clientId, content } = message;
  return {
    seq,
    sender,
    clientId,
    text: typeof content["text"] === "string" ? content["text"] : "",
  };
}

export interface Verdict {
  readonly acked: number;
  readonly stored: number;
  /** Acknowledged messages that are not in the log as acknowledged, that a member never got, or holes in the log. */
  readonly lost: number;
  /** Messages in the log twice, acknowledged under two numbers, or handed to a member twice. */
  readonly duplicated: number;
  /** Messages handed to a member, or numbered, against the order in which they were sent. */
  readonly reordered: number;
  /** The first few findings in words. */
  readonly findings: readonly string[];
}

const findingsMax = 20;

interface Promised {
  readonly sender: string;
  readonly clientId: string;
  readonly text: string;
  readonly seq: number;
}

/** Senders write texts that end in a running number, so that the order of one sender in one conversation can be told. */
export function textOf(sender: string, n: number): string {
  return `${sender} says ${n}`;
}

function numberOf(text: string): number {
  return Number(text.slice(text.lastIndexOf(" ") + 1));
}

export class DrillRecord {
  /** By conversation. */
  readonly #acked = new Map<string, Promised[]>();
  /** By conversation and reader, in the order of arrival. */
  readonly #received = new Map<string, Map<string, Seen[]>>();
  /** Senders to whom the server refused something, who sent it again later: their order is their own doing. */
  readonly #excused = new Set<string>();

  /** Declares a member, who must get everything acknowledged in the conversation. */
  member(conversation: string, user: string): void {
    const readers = this.#received.get(conversation) ?? new Map<string, Seen[]>();
    this.#received.set(conversation, readers);
    readers.set(user, []);
  }

  acked(conversation: string, message: Promised): void {
    const list = this.#acked.get(conversation) ?? [];
    this.#acked.set(conversation, list);
    list.push(message);
  }

  /** A message as it was handed to a member's application. */
  received(conversation: string, user: string, seen: Seen): void {
    this.#received.get(conversation)?.get(user)?.push(seen);
  }

  refused(sender: string): void {
    this.#excused.add(sender);
  }

  get conversations(): readonly string[] {
    return [...this.#received.keys()];
  }

  get ackedCount(): number {
    let count = 0;
    for (const list of this.#acked.values()) count += list.length;
    return count;
  }

  /** True when every member has everything up to the highest acknowledged number. */
  everybodyHas(): boolean {
    for (const [conversation, readers] of this.#received) {
      const highest = Math.max(0, ...(this.#acked.get(conversation) ?? []).map(({ seq }) => seq));
      for (const seen of readers.values()) if ((seen.at(-1)?.seq ?? 0) < highest) return false;
    }
    return true;
  }

  /** Compares with the log of each conversation as the server has it in the end, read from seq 1. */
  verdict(logs: ReadonlyMap<string, readonly Seen[]>): Verdict {
    const count = { lost: 0, duplicated: 0, reordered: 0 };
    const findings: string[] = [];
    const find = (kind: keyof typeof count, what: string) => {
      count[kind]++;
      if (findings.length < findingsMax) findings.push(`${kind}: ${what}`);
    };
    let stored = 0;
    for (const [conversation, readers] of this.#received) {
      const log = logs.get(conversation) ?? [];
      stored += log.length;
      this.#checkLog(conversation, log, find);
      const acked = this.#acked.get(conversation) ?? [];
      checkAcked(conversation, acked, log, find);
      for (const [user, seen] of readers)
        checkReader(`${user} in ${conversation}`, seen, acked, find);
    }
    return { acked: this.ackedCount, stored, ...count, findings };
  }

  #checkLog(conversation: string, log: readonly Seen[], find: Find): void {
    const ids = new Set<string>();
    const newest = new Map<string, number>();
    for (const [index, { seq, sender, clientId, text }] of log.entries()) {
      if (seq !== index + 1) {
        find("lost", `${conversation} has ${seq} where ${index + 1} should be`);
        break;
      }
      const id = `${sender} ${clientId}`;
      if (ids.has(id)) find("duplicated", `${conversation} has ${id} again at ${seq}`);
      ids.add(id);
      if (text === "" || this.#excused.has(sender)) continue;
      const n = numberOf(text);
      if (n < (newest.get(sender) ?? 0))
        find("reordered", `${conversation} has "${text}" at ${seq}, behind a later one`);
      else newest.set(sender, n);
    }
  }
}

type Find = (kind: "lost" | "duplicated" | "reordered", what: string) => void;

function checkAcked(
  conversation: string,
  acked: readonly Promised[],
  log: readonly Seen[],
  find: Find,
): void {
  const numbers = new Map<string, number>();
  for (const { seq, sender, clientId, text } of acked) {
    const id = `${sender} ${clientId}`;
    const before = numbers.get(id);
    if (before !== undefined && before !== seq)
      find(
        "duplicated",
        `"${text}" of ${conversation} was acknowledged as ${before} and as ${seq}`,
      );
    numbers.set(id, seq);
    const there = log[seq - 1];
    if (there?.clientId !== clientId || there.sender !== sender || there.text !== text) {
      find(
        "lost",
        `"${text}" was acknowledged as ${seq} of ${conversation}, where there is ${there === undefined ? "nothing" : `"${there.text}"`}`,
      );
    }
  }
}

function checkReader(
  who: string,
  seen: readonly Seen[],
  acked: readonly Promised[],
  find: Find,
): void {
  const got = new Map<number, string>();
  const ids = new Set<string>();
  let highest = 0;
  for (const { seq, sender, clientId } of seen) {
    const id = `${sender} ${clientId}`;
    if (got.has(seq) || ids.has(id)) find("duplicated", `${who} got ${seq} again`);
    else if (seq < highest) find("reordered", `${who} got ${seq} after ${highest}`);
    got.set(seq, clientId);
    ids.add(id);
    highest = Math.max(highest, seq);
  }
  for (const { seq, clientId, text } of acked) {
    if (got.get(seq) !== clientId)
      find("lost", `${who} did not get "${text}", acknowledged as ${seq}`);
  }
}
