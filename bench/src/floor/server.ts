/**
 * The floor: the least work that a durable message can be. Bun's own WebSocket server, fixed binary frames, one append-only
 * table in SQLite (WAL, synchronous=FULL), group commit per turn of the event loop, acknowledgement and delivery after the
 * commit. No accounts, no deduplication, no limits, no sessions. It runs as a process of its own: `bun server.ts <data folder> direct|group|idle`
 * and prints its port. It stores each message as a row of its own, as a server that can read history back must.
 */
import { Database } from "bun:sqlite";
import { floorFrame } from "../wire/floor-frames.ts";

interface Peer {
  user: number;
  /** Frames to write after the commit; the buffers are the ones that came in. */
  readonly out: Uint8Array[];
}
type Socket = Bun.ServerWebSocket<Peer>;

const [, , dir, scenario] = process.argv;
if (dir === undefined || scenario === undefined)
  throw new Error("usage: server.ts <data folder> direct|group|idle");
const database = new Database(`${dir}/floor.db`, { create: true });
database.run("PRAGMA journal_mode=WAL");
database.run("PRAGMA synchronous=FULL");
database.run("CREATE TABLE message (id INTEGER PRIMARY KEY, body BLOB NOT NULL)");
const insert = database.prepare("INSERT INTO message (body) VALUES (?)");
const begin = database.prepare("BEGIN");
const commit = database.prepare("COMMIT");

const sockets = new Map<number, Socket>();
const seqs = new Map<number, number>();
let batch: Buffer[] = [];
let senders: Socket[] = [];
const topic = "everyone";

/** Pairs (2k, 2k+1) are a conversation, the group is another: both sides of it share a dense sequence. */
function nextSeq(sender: number, receiver: number): number {
  const conversation = receiver === floorFrame.everyone ? receiver : sender >>> 1;
  const seq = (seqs.get(conversation) ?? 0) + 1;
  seqs.set(conversation, seq);
  return seq;
}

function flush(): void {
  const messages = batch;
  const from = senders;
  batch = [];
  senders = [];
  begin.run();
  for (const message of messages) insert.run(message);
  commit.run();
  const touched = new Set<Socket>();
  for (let i = 0; i < messages.length; i++) {
    const message = messages[i] as Buffer;
    const sender = from[i] as Socket;
    const receiver = message.readUInt32LE(5);
    const seq = nextSeq(sender.data.user, receiver);
    message[0] = floorFrame.deliver;
    message.writeUInt32LE(sender.data.user, 5);
    message.writeUInt32LE(seq, 9);
    const ack = Buffer.allocUnsafe(floorFrame.ackBytes);
    ack[0] = floorFrame.send;
    ack.writeUInt32LE(message.readUInt32LE(1), 1);
    ack.writeUInt32LE(seq, 5);
    sender.data.out.push(ack);
    touched.add(sender);
    if (receiver === floorFrame.everyone) {
      sender.publish(topic, message);
    } else {
      const socket = sockets.get(receiver);
      if (socket !== undefined) {
        socket.data.out.push(message);
        touched.add(socket);
      }
    }
  }
  for (const socket of touched) {
    const { out } = socket.data;
    if (out.length === 1) socket.sendBinary(out[0] as Uint8Array);
    else
      socket.cork(() => {
        for (const frame of out) socket.sendBinary(frame);
      });
    out.length = 0;
  }
}

const server = Bun.serve<Peer>({
  hostname: "127.0.0.1",
  port: 0,
  fetch(request, self) {
    return self.upgrade(request, { data: { user: -1, out: [] } })
      ? undefined
      : new Response("floor");
  },
  websocket: {
    perMessageDeflate: false,
    idleTimeout: 0,
    publishToSelf: false,
    backpressureLimit: 64 * 1024 * 1024,
    open(socket) {
      socket.binaryType = "nodebuffer";
    },
    message(socket, frame) {
      const bytes = frame as Buffer;
      if (bytes[0] === floorFrame.send) {
        if (batch.length === 0) setImmediate(flush);
        batch.push(bytes);
        senders.push(socket);
        return;
      }
      socket.data.user = bytes.readUInt32LE(1);
      sockets.set(socket.data.user, socket);
      if (scenario === "group") socket.subscribe(topic);
      socket.sendBinary(bytes.subarray(0, 1));
    },
    close(socket) {
      sockets.delete(socket.data.user);
    },
  },
});
console.log(String(server.port));
