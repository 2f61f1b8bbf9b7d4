import { limits, type Params, type Result } from "@godwit/protocol";
import type { Accounts, Principal } from "../accounts/accounts.ts";
import type { Connection } from "../hub/connection.ts";
import type { Hub } from "../hub/hub.ts";
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import { refusalOf } from "../messaging/committer.ts";
import type { Refusal } from "../messaging/submission.ts";
import { StoreError, type Store } from "../store/port.ts";
import { replay } from "./replay.ts";
import type { Session } from "./session.ts";
import type { Sessions } from "./sessions.ts";

export interface GreeterConfig {
  readonly heartbeatWebMs: number;
  readonly heartbeatMobileMs: number;
  /** Longest heartbeat that a client may announce. */
  readonly heartbeatMaxMs: number;
  /** Groups with more members are large, and stay so until they have shrunk to half of it. */
  readonly largeGroupMembers: number;
  readonly frameBytesMax: number;
  readonly contentBytesMax: number;
}

/** What a successful hello gives: the session, what to answer, and the position from which to replay. */
export interface Greeted {
  readonly session: Session;
  readonly welcome: Result<"hello">;
  readonly from: number;
}

const conversationsPerRead = 500;
/** A client that announces less is heard that often at the least. */
const heartbeatMsMin = 1_000;

/** Turns a hello into a session: authenticates, resumes or begins, and hands over what was missed. */
export class Greeter {
  readonly #accounts: Accounts;
  readonly #sessions: Sessions;
  readonly #store: Store;
  readonly #hub: Hub;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #config: GreeterConfig;

  constructor(deps: {
    accounts: Accounts;
    sessions: Sessions;
    store: Store;
    hub: Hub;
    clock: Clock;
    log: Log;
    config: GreeterConfig;
  }) {
    this.#accounts = deps.accounts;
    this.#sessions = deps.sessions;
    this.#store = deps.store;
    this.#hub = deps.hub;
    this.#clock = deps.clock;
    this.#log = deps.log;
    this.#config = deps.config;
  }

  /** How often the client is to be heard: as it announced, within bounds, else as its platform should. */
  heartbeatMs({ platform, heartbeatMs }: Pick<Session, "platform" | "heartbeatMs">): number {
    const mobile = platform === "ios" || platform === "android" || platform === "device";
    const usualMs = mobile ? this.#config.heartbeatMobileMs : this.#config.heartbeatWebMs;
    if (heartbeatMs === undefined) return usualMs;
    return Math.min(Math.max(heartbeatMs, heartbeatMsMin), this.heartbeatMsMax);
  }

  get heartbeatMsMax(): number {
    const { heartbeatMaxMs, heartbeatMobileMs, heartbeatWebMs } = this.#config;
    return Math.max(heartbeatMaxMs, heartbeatMobileMs, heartbeatWebMs);
  }

  /** Answers a hello. Nothing has been written to the connection when this resolves; `handOver` writes what was missed. */
  async greet(hello: Params<"hello">, connection: Connection): Promise<Greeted | Refusal> {
    try {
      const principal = await this.#accounts.authenticate(hello.token, hello.device);
      return await this.admit(principal, hello, connection);
    } catch (error) {
      return this.#refusal(error);
    }
  }

  /** As `greet`, for a protocol that has made sure by its own means who is there. */
  async admit(
    principal: Principal,
    hello: Omit<Params<"hello">, "token">,
    connection: Connection,
  ): Promise<Greeted | Refusal> {
    const platform = hello.platform ?? "web";
    const resume = hello.resume;
    const resumed = resume && this.#sessions.find(resume.session, principal.user, hello.device);
    // A position that is not in the ring means that client and server do not agree on what was received: only the store can tell then.
    const astray = resumed !== undefined && !resumed.ring.holds(resume?.position ?? 0);
    if (resume !== undefined && resumed !== undefined && !astray) {
      resumed.renew(principal);
      resumed.heartbeatMs = hello.heartbeatMs;
      resumed.acknowledge(resume.position);
      this.#sessions.attach(resumed, connection, hello.status);
      return {
        session: resumed,
        welcome: this.#welcome(resumed, true, false, resume.position),
        from: resume.position,
      };
    }
    const { session, complete } = this.#sessions.begin(
      {
        user: principal.user,
        device: hello.device,
        platform,
        admin: principal.admin,
        status: hello.status ?? "online",
        tokenExpiresAt: principal.expiresAt,
      },
      connection,
    );
    session.heartbeatMs = hello.heartbeatMs;
    try {
      const missedUnseen = await this.#subscribe(session);
      // What was revoked before the session could be found has not ended it.
      await this.#accounts.confirm(principal, session.device);
      if (session.status !== "invisible") await this.#record(session);
      const from = 0;
      return {
        session,
        welcome: this.#welcome(session, false, astray || !complete || missedUnseen, from),
        from,
      };
    } catch (error) {
      this.#sessions.abandon(session);
      return this.#refusal(error);
    }
  }

  #refusal(error: unknown): Refusal {
    const refusal = refusalOf(error);
    if (refusal.error === "internal") this.#log.error({ error }, "hello failed");
    return refusal;
  }

  /** Notes that the device was here. On a full disk that cannot be written, and must not keep anybody from reading. */
  async #record({ user, device, platform }: Session): Promise<void> {
    try {
      await this.#accounts.devices.seen(user, device, platform);
    } catch (error) {
      if (!(error instanceof StoreError) || error.reason === "closed") throw error;
      this.#log.warn({ error, user, device }, "device not recorded");
    }
  }

  /** Records when the device was seen last, as its connection ends. */
  left(session: Session): void {
    if (session.status === "invisible") return;
    this.#accounts.devices
      .seen(session.user, session.device, session.platform, true)
      .catch((error: unknown) => this.#log.debug({ error }, "last sight not recorded"));
  }

  /** Writes what the session missed to its connection, then lets it live. To be called once the welcome has been written. */
  async handOver(
    { session, from }: Pick<Greeted, "session" | "from">,
    connection: Connection,
  ): Promise<void> {
    const deps = { store: this.#store.messages, clock: this.#clock, log: this.#log };
    const handedOver = await replay(session, connection, from, deps);
    if (!handedOver && session.connection === connection) {
      this.#sessions.end(session, "internal", "Missed messages could not be read; synchronise.");
    }
  }

  /**
   * Subscribes a session to the topics of its user's groups that are large or may be: while it shrinks, a group is large down to half the bound. True if there
   * are any: what was sent to them left no references, so the device has to synchronise. A topic is only used while its group is large.
   */
  async #subscribe(session: Session): Promise<boolean> {
    const topics = this.#hub.lookUp(session);
    let any = false;
    let after: string | undefined;
    try {
      do {
        const rows = await this.#store.conversations.list(
          session.user,
          after,
          conversationsPerRead,
        );
        if (session.ended) return any;
        for (const row of rows) {
          if (row.kind === "direct" || row.memberCount <= this.#config.largeGroupMembers / 2)
            continue;
          topics.subscribe(row.id);
          any = true;
        }
        after = rows.length < conversationsPerRead ? undefined : rows.at(-1)?.id;
      } while (after !== undefined);
      return any;
    } finally {
      topics.end();
    }
  }

  #welcome(
    session: Session,
    resumed: boolean,
    syncRequired: boolean,
    position: number,
  ): Result<"hello"> {
    return {
      session: session.id,
      user: session.user,
      device: session.device,
      resumed,
      syncRequired,
      position,
      time: this.#clock.now(),
      ...(session.tokenExpiresAt === undefined ? {} : { tokenExpiresAt: session.tokenExpiresAt }),
      heartbeatMs: this.heartbeatMs(session),
      limits: {
        ...limits,
        frameBytesMax: this.#config.frameBytesMax,
        contentBytesMax: this.#config.contentBytesMax,
      },
      heartbeatMsMax: this.heartbeatMsMax,
    };
  }
}
