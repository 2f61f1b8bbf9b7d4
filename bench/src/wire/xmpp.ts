/**
 * XMPP for loads: stanzas written and read by hand, with stream management (XEP-0198) for the acknowledgements; the same for our server and for others. A group is a room
 * (XEP-0045), which every member enters before the load begins.
 */
import type { Ids } from "../load/ids.ts";
import { sampleEvery } from "./native.ts";
import type { Cast } from "./native.ts";
import type { Ears, Hello, Route, Wire } from "./wire.ts";

export const xmppDomain = "localhost";
const sm = "urn:xmpp:sm:3";
const head = `<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='${xmppDomain}' version='1.0'>`;
const keepAliveMs = 60_000;
/** Where rooms are. */
export const xmppRooms = `conference.${xmppDomain}`;
/** A room of servers that have no groups yet. */
const newRoom = "load";
/** Senders at most, so that sender and count make one number: two people talk in a pair, so many in a group. */
const pairSenders = 2;
const groupSenders = 10;

/** How far a connection has come. */
interface Progress {
  device: string;
  /** Stanzas heard since stream management is on. */
  heard: number;
  acknowledged: number;
  managed: boolean;
  /** In the room, where there is one. */
  entered: boolean;
}

const asking = `<r xmlns='${sm}'/>`;
const ping = `<iq type='get' id='probe' to='${xmppDomain}'><ping xmlns='urn:xmpp:ping'/></iq>`;

export function xmppWire(cast: Cast, ids: Ids): Wire {
  const all = new WeakMap<Ears, Progress>();
  /** Of the connection that is being opened: hellos are written before anything is heard. */
  const devices = new Map<number, string>();
  let room: string | undefined;
  const width = () => (room === undefined ? pairSenders : groupSenders);
  const seqOf = (sender: number, n: number) => (n - 1) * width() + (sender % width()) + 1;
  /** Presences come before the first message and count as stanzas: that one is there, and that one enters the room. */
  const stanzasBefore = () => (room === undefined ? 1 : 2);
  const welcome = {
    session: "",
    position: 0,
    resumed: false,
    syncRequired: false,
    heartbeatMs: keepAliveMs,
  };

  function progressOf(ears: Ears): Progress {
    let progress = all.get(ears);
    if (progress === undefined) {
      const device = devices.get(ears.number) ?? "bench";
      progress = { device, heard: 0, acknowledged: 0, managed: false, entered: false };
      all.set(ears, progress);
    }
    return progress;
  }

  function acknowledged(text: string, ears: Ears, progress: Progress): void {
    const handled = Number(/h=['"](\d+)/.exec(text)?.[1]) - stanzasBefore();
    while (progress.acknowledged < handled) {
      const n = ++progress.acknowledged;
      ears.acknowledged(n, seqOf(ears.number, n));
    }
  }

  function message(text: string, ears: Ears): void {
    const at = text.indexOf("<body>") + 6;
    if (at < 6) return;
    const [sender = "", count = ""] = text.slice(at, at + 40).split(" ", 2);
    const n = Number(count);
    // A room gives a message back to its sender too, who counts its acknowledgement.
    if (Number(sender) === ears.number) return;
    if (n % sampleEvery === 0) check(text.slice(at, text.indexOf("</body>", at)), sender, n, cast);
    ears.message(Number(sender), n, seqOf(Number(sender), n));
  }

  function negotiate(text: string, ears: Ears, progress: Progress): void {
    const answer = (stanza: string) => ears.answer(Buffer.from(stanza));
    if (text.startsWith("<success"))
      answer(
        `${head}<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>${progress.device}</resource></bind></iq>`,
      );
    else if (text.startsWith("<iq") && text.includes("bind"))
      answer(`<enable xmlns='${sm}' resume='true'/>`);
    else if (text.startsWith("<enabled")) {
      progress.managed = true;
      answer("<presence/>");
      if (room === undefined) ears.welcome(welcome);
      else answer(entering(`${room}/${cast.prefix}${ears.number}`));
    } else if (/^<(failure|stream:error|failed)/.test(text)) throw new Error(`refused: ${text}`);
  }

  /** XEP-0045 section 7.2.3: one's own presence is the last that one hears while one enters. */
  function presence(text: string, ears: Ears, progress: Progress): void {
    if (progress.entered || room === undefined) return;
    if (/^[^>]*type=['"]error/.test(text)) throw new Error(`not let into the room: ${text}`);
    progress.entered = /code=['"]110['"]/.test(text);
    if (progress.entered) ears.welcome(welcome);
  }

  return {
    name: "xmpp",
    carrier: { by: "stream", walk },
    ordersBySender: true,
    hello: ({ user, token, device }: Hello) => {
      devices.set(user, device ?? "bench");
      const plain = Buffer.from(`\0${cast.prefix + user}\0${token}`).toString("base64");
      return `${head}<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${plain}</auth>`;
    },
    probe: () => ping,
    about(conversation) {
      room = `${conversation === "" ? newRoom : conversation.replaceAll(":", "\\3a")}@${xmppRooms}`;
    },
    command(type): never {
      throw new Error(`XMPP knows no ${type}`);
    },
    received: () => undefined,

    sender({ sender, receiver }: Route) {
      const to = room ?? `${cast.prefix}${receiver}@${xmppDomain}`;
      const type = room === undefined ? "chat" : "groupchat";
      return (out, at, n) => {
        const body = textOf(String(sender), n, cast);
        const stanza = `<message to='${to}' type='${type}' id='${ids.next()}'><body>${body}</body></message>${asking}`;
        return at + out.latin1Write(stanza, at);
      };
    },

    hear(bytes, from, to, ears) {
      const text = bytes.toString("latin1", from, to);
      const progress = progressOf(ears);
      if (!progress.managed) {
        negotiate(text, ears, progress);
        return;
      }
      if (text.startsWith("<r "))
        ears.answer(Buffer.from(`<a xmlns='${sm}' h='${progress.heard}'/>`));
      else if (text.startsWith("<a ")) acknowledged(text, ears, progress);
      else {
        progress.heard++;
        if (text.startsWith("<message")) {
          if (/type=['"]error/.test(text)) throw new Error(`a message was refused: ${text}`);
          message(text, ears);
        } else if (text.startsWith("<presence")) presence(text, ears, progress);
        else if (/id=['"]probe/.test(text)) ears.welcome(welcome);
      }
    },
  };
}

function entering(occupant: string): string {
  return `<presence to='${occupant}'><x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x></presence>`;
}

/** Sender and count, filled up to the bytes of the load. */
function textOf(sender: string, n: number, { payloadBytes }: Cast): string {
  return `${sender} ${n} `.padEnd(payloadBytes, "x");
}

function check(text: string, sender: string, n: number, cast: Cast): void {
  if (text !== textOf(sender, n, cast))
    throw new Error(`a message was changed on its way: ${text}`);
}

const [less, greater, slash, question] = [0x3c, 0x3e, 0x2f, 0x3f];

/** Finds whole elements of a stream: a tag opens, closes or does both, and the stream's own tag opens nothing. What a load hears has no `>` in its values. */
function walk(bytes: Buffer, end: number, frame: (from: number, to: number) => void): number {
  let start = 0;
  let at = 0;
  let depth = 0;
  for (;;) {
    const open = bytes.indexOf(less, at);
    if (open < 0 || open >= end) return start;
    const close = bytes.indexOf(greater, open);
    if (close < 0 || close >= end) return start;
    if (depth === 0) start = open;
    at = close + 1;
    if (bytes[open + 1] === slash) depth--;
    else if (bytes[close - 1] !== slash && bytes[open + 1] !== question && !isStream(bytes, open))
      depth++;
    if (depth > 0) continue;
    frame(start, at);
    depth = 0;
    start = at;
  }
}

const streamTag = "<stream:stream ";

function isStream(bytes: Buffer, open: number): boolean {
  const end = open + streamTag.length;
  return end <= bytes.length && bytes.latin1Slice(open, end) === streamTag;
}
