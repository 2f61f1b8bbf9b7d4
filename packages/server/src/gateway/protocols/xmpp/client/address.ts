import { localOfRoom, localOfUser } from "../jid.ts";

/** Who a client is, and how others are called in its stream: in the domain by which it knows this server. */
export class Address {
  readonly user: string;
  readonly device: string;
  readonly domain: string;
  /** Made on first use: most clients are idle. */
  #bare: string | undefined;
  #full: string | undefined;

  constructor(user: string, device: string, domain: string) {
    this.user = user;
    this.device = device;
    this.domain = domain;
  }

  get bare(): string {
    return (this.#bare ??= `${localOfUser(this.user)}@${this.domain}`);
  }

  get full(): string {
    return (this.#full ??= `${this.bare}/${this.device}`);
  }

  /** Where rooms are. */
  get conference(): string {
    return `conference.${this.domain}`;
  }

  of(user: string): string {
    return user === this.user ? this.bare : `${localOfUser(user)}@${this.domain}`;
  }

  deviceOf(user: string, device: string): string {
    return `${this.of(user)}/${device}`;
  }

  room(conversation: string): string {
    return `${localOfRoom(conversation)}@${this.conference}`;
  }
}
