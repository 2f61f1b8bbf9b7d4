/** Ways to the server, one of which is taken anew for each connection. */
import { tcp } from "@godwit/client/tcp";
import { requests } from "@godwit/client/requests";
import type { Socket, SocketConstructor } from "@godwit/client";

export const wayNames = ["websocket", "sse", "poll", "tcp"] as const;
export type WayName = (typeof wayNames)[number];

/** Where each way begins. */
export interface Entrances {
  readonly webPort: number;
  readonly tcpPort: number;
}

/** What became of the connections that were made. */
export interface Journeys {
  /** Connections by the way they took, as far as they got a welcome. */
  readonly welcomes: Record<WayName, number>;
  /** Welcomes that went on with the session of before, and those that did so by another way than it had. */
  resumed: number;
  moved: number;
  /** Welcomes that began a new session. */
  begun: number;
}

export function noJourneys(): Journeys {
  return { welcomes: { websocket: 0, sse: 0, poll: 0, tcp: 0 }, resumed: 0, moved: 0, begun: 0 };
}

export interface Wanderer {
  /** For the SDK of one client: takes another way every time, as `choose` says. Speaks JSON. */
  readonly webSocket: SocketConstructor;
  /**
   * The client gives its connection up, as when the platform says that the network is another one. Nothing is closed: what is left of it goes on until the server
   * or the network ends it.
   */
  abandon(): void;
}

export function wandering(
  { webPort, tcpPort }: Entrances,
  choose: () => WayName,
  journeys: Journeys,
): Wanderer {
  const web = `ws://127.0.0.1:${webPort}/ws`;
  const kinds: Record<WayName, (protocols: string[]) => unknown> = {
    websocket: (protocols) => new WebSocket(web, protocols),
    sse: (protocols) => new (requests("sse"))(web, protocols),
    poll: (protocols) => new (requests("poll"))(web, protocols),
    tcp: (protocols) => new (tcp())(`tcp://127.0.0.1:${tcpPort}`, protocols),
  };
  let before: WayName | undefined;
  let abandon = () => {};
  const webSocket = class implements Socket {
    binaryType = "arraybuffer";
    onopen: Socket["onopen"] = null;
    onmessage: Socket["onmessage"] = null;
    onclose: Socket["onclose"] = null;
    onerror: Socket["onerror"] = null;
    onbeat: (() => void) | null = null;
    readonly #inner: Socket;
    #welcomed = false;

    constructor(_url: string, protocols: string[]) {
      abandon = () => this.abandon();
      const way = choose();
      this.#inner = kinds[way](protocols) as Socket;
      this.#inner.onopen = (event) => this.onopen?.(event);
      this.#inner.onclose = (event) => this.onclose?.(event);
      this.#inner.onerror = (event) => this.onerror?.(event);
      this.#inner.onbeat = () => this.onbeat?.();
      this.#inner.onmessage = (event) => {
        if (!this.#welcomed) this.#note(way, event.data);
        this.onmessage?.(event);
      };
    }

    get protocol(): string {
      return this.#inner.protocol;
    }

    send(data: string | Uint8Array): void {
      this.#inner.send(data);
    }

    close(code?: number, reason?: string): void {
      this.#inner.close(code, reason);
    }

    abandon(): void {
      const inner = this.#inner;
      inner.onopen = inner.onmessage = inner.onclose = inner.onbeat = null;
      this.onclose?.({ code: 1006, reason: "abandoned" });
    }

    #note(way: WayName, data: unknown): void {
      this.#welcomed = true;
      const text = typeof data === "string" ? data : Buffer.from(data as Uint8Array).toString();
      const welcome = JSON.parse(text) as { type: string; resumed?: boolean };
      if (welcome.type !== "hello") return;
      journeys.welcomes[way]++;
      if (welcome.resumed === true) {
        journeys.resumed++;
        if (before !== way) journeys.moved++;
      } else journeys.begun++;
      before = way;
    }
  };
  return { webSocket, abandon: () => abandon() };
}
