/** What the tests of connections by requests share. */
import type { ServerFrame } from "@godwit/protocol";
import { FakeClock } from "../../lib/testing/fake-clock.ts";
import { systemRandom } from "../../lib/random.ts";
import type { Session } from "../../session/session.ts";
import { Admission } from "../listeners/admission.ts";
import type { NativeProtocol, Peer } from "../protocols/native.ts";
import { PollListener, type PollConfig } from "./listener.ts";
import { StreamRoutes } from "./routes.ts";

export const frameOf = (n: number) =>
  ({ type: "ping", id: n, time: 0, position: 0 }) as ServerFrame;
export const settle = async () => {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
};

/** The routes on a protocol that notes what it gets. */
export function open(
  config: Partial<PollConfig> = {},
  connectionsPerAddressMax = 100,
  bodyBytesMax = 10_000,
) {
  const clock = new FakeClock();
  const received: string[] = [];
  const gone: Peer[] = [];
  const peers: Peer[] = [];
  const protocol = {
    receive(peer: Peer, data: Uint8Array) {
      if (peers.at(-1) !== peer) peers.push(peer);
      received.push(Buffer.from(data).toString());
      if (!received.at(-1)?.includes("hello")) return;
      peer.session = {} as Session;
      peer.silenceMsMax = 30_000;
    },
    closed(peer: Peer) {
      gone.push(peer);
    },
  } as unknown as NativeProtocol;
  const admission = new Admission({ connectionsMax: 1_000, connectionsPerAddressMax });
  const listener = new PollListener({
    config: {
      framesMax: 100,
      bytesMax: 100_000,
      connectDeadlineMs: 10_000,
      waitMsMax: 25_000,
      ...config,
    },
    protocol,
    admission,
    clock,
    random: systemRandom,
    port: () => 1,
  });
  const routes = new StreamRoutes({
    poll: listener,
    origins: ["https://app.example"],
    bodyBytesMax,
  });
  const unforeseen: unknown[] = [];
  const ask = async (
    method: string,
    path: string,
    body?: string | Uint8Array,
    headers: Record<string, string> = {},
  ) => {
    const request = new Request(`http://chat.test/api/stream${path}`, {
      method,
      headers: { host: "chat.test", ...headers },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : body.slice() }),
    });
    try {
      const answer = routes.fetch(request, "192.0.2.1");
      return (await answer) ?? new Response("not of a stream", { status: 405 });
    } catch (error) {
      unforeseen.push(error);
      return new Response("", { status: 500 });
    }
  };
  const hello = async () => {
    const response = await ask("POST", "", '{"type":"hello"}\n');
    const { stream } = (await response.json()) as { stream: string };
    return { id: stream, peer: peers.at(-1) as Peer };
  };
  const lines = async (response: Response | Promise<Response>) =>
    (await (await response).text())
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as { type: string; id: number; code?: number });
  const ids = async (response: Response | Promise<Response>) =>
    (await lines(response)).map(({ id }) => id);
  return { clock, listener, received, gone, ask, hello, lines, ids, unforeseen, admission };
}
