/** What the plays use of @xmpp/client, which comes without types. */
declare module "@xmpp/client" {
  import type { EventEmitter } from "node:events";

  export interface XmlElement {
    readonly name: string;
    readonly attrs: Readonly<Record<string, string>>;
    is(name: string, namespace?: string): boolean;
    getChild(name: string, namespace?: string): XmlElement | undefined;
    getChildText(name: string, namespace?: string): string | null;
    toString(): string;
  }

  export interface XmppClient extends EventEmitter {
    readonly status: string;
    readonly jid: { toString(): string };
    readonly socket: { destroy?(): void; end?(): void } | null;
    readonly streamManagement: EventEmitter & {
      readonly enabled: boolean;
      readonly id: string;
      readonly inbound: number;
      readonly outbound_q: readonly unknown[];
    };
    readonly reconnect: { delay: number; stop(): void };
    readonly iqCaller: { request(stanza: XmlElement, timeoutMs?: number): Promise<XmlElement> };
    start(): Promise<unknown>;
    stop(): Promise<unknown>;
    send(stanza: XmlElement): Promise<void>;
  }

  export function client(options: {
    readonly service: string;
    readonly domain?: string;
    readonly resource?: string;
    readonly username?: string;
    readonly password?: string;
  }): XmppClient;

  export function xml(
    name: string,
    attrs?: Readonly<Record<string, string | undefined>>,
    ...children: readonly (XmlElement | string)[]
  ): XmlElement;
}
