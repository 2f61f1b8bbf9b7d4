/**
 * Every setting of the server: type, bounds, unit, default and a one-line doc at the field. Loading, checking, `godwit config default`
 * and docs/configuration.md all follow from this object. Units are last in the names.
 */
import { limits as wire } from "@godwit/protocol";
import { pollSettings } from "./protocols/poll.ts";
import { protocolSettings } from "./protocols/protocols.ts";
import {
  absent,
  choice,
  flag,
  given,
  group,
  integer,
  list,
  number,
  optionalGroup,
  text,
  type ValueOf,
} from "./setting.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const billion = 1_000_000_000;

export const ConfigSchema = group({
  dataDir: text("Folder of the database and the keys; created if it is not there.", "./data"),
  webDir: absent(
    "Folder of the web client's files; by default those built in this clone, else a start page is shown.",
  ),
  listen: group(
    {
      host: text("Address to listen on; `127.0.0.1` admits this machine only.", "0.0.0.0"),
      port: integer("TCP port of WebSocket, HTTP API and health; 0 takes any free one.", {
        unit: "port",
        default: 8480,
        minimum: 0,
        maximum: 65_535,
      }),
      tls: optionalGroup(
        {
          certFile: given("PEM file of the certificate chain; reloaded when it changes."),
          keyFile: given("PEM file of its private key; reloaded when it changes."),
        },
        { description: "TLS 1.3 on the listening port; off unless both files are set." },
      ),
      trustProxy: flag(
        "Take the client's address from `X-Forwarded-For`; only behind a proxy that sets it.",
        false,
      ),
      proxyProtocol: flag(
        "Expect a PROXY protocol header (version 1 or 2) on every connection of the doors besides the web's, and take the client's address from it.",
        false,
      ),
      origins: list(
        "Web origins whose pages may connect, such as `https://chat.example.org`, or `*`; empty admits the same origin and programs without one.",
      ),
      drainMs: integer("How long a graceful stop waits for sends in flight.", {
        unit: "milliseconds",
        default: 5_000,
        minimum: 0,
        maximum: 10 * 60_000,
      }),
    },
    { description: "Where clients connect." },
  ),
  poll: pollSettings,
  ...protocolSettings,
  store: group(
    {
      engine: choice(
        "Where messages live: `sqlite` is durable, `memory` forgets everything at the end.",
        ["sqlite", "memory"],
        "sqlite",
      ),
      commitWindowMs: number(
        "How long the group commit of ordinary messages waits for company, unless they come after a pause.",
        {
          unit: "milliseconds",
          default: 2,
          minimum: 0,
          maximum: 2,
        },
      ),
    },
    { description: "Durable truth." },
  ),
  accounts: group(
    {
      registration: choice(
        "Whether anybody may register, or only administrators add users.",
        ["open", "closed"],
        "open",
      ),
      tokenLifetimeMs: integer("How long a token signed at sign-in is valid.", {
        unit: "milliseconds",
        default: 7 * dayMs,
        minimum: 1_000,
        maximum: 366 * dayMs,
      }),
      passwordLengthMin: integer("Shortest password that is accepted.", {
        unit: "characters",
        default: 8,
        minimum: 1,
        maximum: 128,
      }),
      scramIterations: integer(
        "Rounds of PBKDF2 in the credentials by which XMPP clients prove a password without showing it; 0 keeps none.",
        {
          unit: "rounds",
          default: 10_000,
          minimum: 0,
          maximum: 10_000_000,
        },
      ),
      hostTokens: group(
        {
          secret: absent("Shared secret of a host application that signs HS256 tokens.", true),
          publicKeyFiles: list(
            "PEM files of public keys of a host application that signs RS, ES or EdDSA tokens.",
          ),
          jwksFile: absent("JWKS file with public keys of a host application."),
          issuer: absent("Value that the `iss` claim of host tokens must have."),
          audience: absent("Value that the `aud` claim of host tokens must have."),
        },
        { description: "Tokens that a host application signs for its own users." },
      ),
      loginAttemptsPerMinuteMax: integer(
        "Failed sign-ins per user and per address (IPv6: /64 network) before they must wait.",
        {
          unit: "per minute",
          default: 10,
          minimum: 1,
          maximum: 100_000,
        },
      ),
      registrationsPerHourMax: integer("Registrations from one address (IPv6: /64 network).", {
        unit: "per hour",
        default: 100,
        minimum: 1,
        maximum: 1_000_000,
      }),
    },
    { description: "Who may sign in." },
  ),
  sessions: group(
    {
      connectDeadlineMs: integer("How long a new connection may take to say a valid hello.", {
        unit: "milliseconds",
        default: 10_000,
        minimum: 100,
        maximum: 5 * 60_000,
      }),
      heartbeatWebMs: integer(
        "Heartbeat of web, desktop and bot clients; twice this long silent ends a connection.",
        {
          unit: "milliseconds",
          default: 15_000,
          minimum: 1_000,
          maximum: hourMs,
        },
      ),
      heartbeatMobileMs: integer(
        "Heartbeat of ios, android and other devices; twice this long silent ends a connection.",
        {
          unit: "milliseconds",
          default: 30_000,
          minimum: 1_000,
          maximum: hourMs,
        },
      ),
      heartbeatMaxMs: integer(
        "Longest heartbeat that a client may announce, having found out what its network bears.",
        {
          unit: "milliseconds",
          default: 10 * 60_000,
          minimum: 1_000,
          maximum: hourMs,
        },
      ),
      resumeMs: integer("How long a session without connection can be resumed.", {
        unit: "milliseconds",
        default: 5 * 60_000,
        minimum: 0,
        maximum: dayMs,
      }),
      ringEntriesMax: integer(
        "Events kept for a session until it acknowledges them; past that it must synchronise.",
        {
          unit: "entries",
          default: 512,
          minimum: 16,
          maximum: 65_536,
        },
      ),
      devicePolicy: choice(
        "Which devices of a user may be online together; a newer one replaces the rest.",
        ["all", "one_per_platform", "one"],
        "all",
      ),
      sessionsPerUserMax: integer("Sessions of one user; past that the oldest is replaced.", {
        unit: "sessions",
        default: 20,
        minimum: 1,
        maximum: 10_000,
      }),
      detachedSessionsMax: integer(
        "Sessions that wait for their connection to come back; past that the oldest is forgotten.",
        {
          unit: "sessions",
          default: 200_000,
          minimum: 0,
          maximum: 10_000_000,
        },
      ),
    },
    { description: "Authenticated devices, which outlive a connection." },
  ),
  limits: group(
    {
      connectionsMax: integer("Connections of this node; more are refused as overloaded.", {
        unit: "connections",
        default: 1_000_000,
        minimum: 1,
        maximum: 10_000_000,
      }),
      connectionsPerAddressMax: integer(
        "Connections from one address (IPv6: /64 network); a proxy counts as one unless `listen.trustProxy`.",
        {
          unit: "connections",
          default: 50_000,
          minimum: 1,
          maximum: 10_000_000,
        },
      ),
      frameBytesMax: integer("One frame from a client.", {
        unit: "bytes",
        default: wire.frameBytesMax,
        minimum: 1_024,
        maximum: wire.frameBytesMax,
      }),
      contentBytesMax: integer("The content of one message as JSON text.", {
        unit: "bytes",
        default: wire.contentBytesMax,
        minimum: 256,
        maximum: wire.contentBytesMax,
      }),
      commandsPerSecondMax: integer("Commands of one session, sustained.", {
        unit: "per second",
        default: 500,
        minimum: 1,
        maximum: 1_000_000,
      }),
      commandsBurst: integer("Commands that one session may save up.", {
        unit: "commands",
        default: 1_000,
        minimum: 1,
        maximum: 1_000_000,
      }),
      sendsPerSecondMax: integer("Messages that one session may send, sustained.", {
        unit: "per second",
        default: 200,
        minimum: 1,
        maximum: 1_000_000,
      }),
      sendsBurst: integer("Messages that one session may save up.", {
        unit: "messages",
        default: 400,
        minimum: 1,
        maximum: 1_000_000,
      }),
      typingPerSecondMax: integer("Typing signals of one session; more are dropped.", {
        unit: "per second",
        default: 5,
        minimum: 1,
        maximum: 1_000,
      }),
      httpRequestsPerMinuteMax: integer(
        "HTTP requests without a valid token from one address (IPv6: /64 network).",
        { unit: "per minute", default: 600, minimum: 1, maximum: 1_000_000 },
      ),
      writeBufferBytesMax: integer(
        "Unsent bytes of one connection; a slower reader is closed with 4001.",
        {
          unit: "bytes",
          default: 4 * 1_048_576,
          minimum: 65_536,
          maximum: 1_073_741_824,
        },
      ),
    },
    { description: "What one connection, session or address may use." },
  ),
  pipeline: group(
    {
      ringEntriesMax: integer(
        "Messages between sessions and the store; past that sends are answered `busy`.",
        {
          unit: "entries",
          default: 65_536,
          minimum: 64,
          maximum: 16_777_216,
        },
      ),
      ringBytesMax: integer("Bytes of those messages; past that sends are answered `busy`.", {
        unit: "bytes",
        default: 64 * 1_048_576,
        minimum: 1_048_576,
        maximum: 16 * 1_073_741_824,
      }),
      importantReserveEntries: integer("Ring entries that only important messages may take.", {
        unit: "entries",
        default: 4_096,
        minimum: 1,
        maximum: 1_048_576,
      }),
      batchEntriesMax: integer("Messages in one commit.", {
        unit: "entries",
        default: 4_096,
        minimum: 1,
        maximum: 65_536,
      }),
    },
    { description: "The ring between sessions and the store." },
  ),
  groups: group(
    {
      largeGroupMembers: integer(
        "A group above this size is read-diffused: topic fan-out, receipts on request.",
        {
          unit: "members",
          default: 500,
          minimum: 1,
          maximum: 1_000_000,
        },
      ),
      groupMembersMax: integer("Members of one group or channel.", {
        unit: "members",
        default: 1_000_000,
        minimum: 2,
        maximum: 10_000_000,
      }),
    },
    { description: "Group and channel sizes." },
  ),
  receipts: group(
    {
      announceMs: integer(
        "How long delivered and read cursors are gathered before they are announced.",
        {
          unit: "milliseconds",
          default: 100,
          minimum: 0,
          maximum: 60_000,
        },
      ),
    },
    { description: "Delivered and read receipts." },
  ),
  offline: group(
    {
      entriesPerUserMax: integer(
        "References kept for one absent user; past that the user synchronises from the store.",
        {
          unit: "entries",
          default: 1_000,
          minimum: 1,
          maximum: 100_000,
        },
      ),
      entriesMax: integer(
        "References kept for all absent users together; the oldest users' are dropped.",
        {
          unit: "entries",
          default: 2_000_000,
          minimum: 1,
          maximum: billion,
        },
      ),
      retentionMs: integer("How long a reference is kept.", {
        unit: "milliseconds",
        default: 72 * hourMs,
        minimum: 1_000,
        maximum: 366 * dayMs,
      }),
    },
    {
      description:
        "References to messages that wait for absent users. Losing them loses time, not messages.",
    },
  ),
  presence: group(
    {
      lingerMs: integer("How long a user who lost the connection still shows as online.", {
        unit: "milliseconds",
        default: 5_000,
        minimum: 0,
        maximum: hourMs,
      }),
    },
    { description: "Who is online." },
  ),
  moderation: group(
    {
      wordFile: absent("UTF-8 file of unwanted words, one a line; no moderation without it."),
      action: choice(
        "What happens to a text with one: refused, or its words starred out.",
        ["reject", "mask"],
        "reject",
      ),
    },
    { description: "The sensitive-word filter." },
  ),
  metrics: group(
    {
      token: absent(
        "Bearer token that `/metrics` asks for; without it anybody who reaches the port may read them.",
        true,
      ),
    },
    { description: "Prometheus metrics at `/metrics`." },
  ),
  log: group(
    {
      level: choice(
        "Least severe line that is written.",
        ["debug", "info", "warn", "error", "silent"],
        "info",
      ),
      format: choice("`pretty` for people, `json` for collectors.", ["pretty", "json"], "pretty"),
    },
    { description: "Log lines on standard error." },
  ),
});

/** Of a loaded configuration: the paths of the settings that a source gave. */
export const givenSettings = Symbol("given settings");

/** The whole configuration, complete: what is not set has its default; only optional fields may be absent. */
export type Config = ValueOf<typeof ConfigSchema> & {
  readonly [givenSettings]?: ReadonlySet<string>;
};
