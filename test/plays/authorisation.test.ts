/**
 * Walks every command for everybody who could give it, and compares with the tables here, which are written from the specification and not from the
 * code. `ok` means that the command is carried out.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  closeCodes,
  type CommandName,
  type ErrorName,
  type Params,
  type WireError,
} from "@godwit/protocol";
import { commands } from "@godwit/protocol/schemas";
import { Actor, CommandFailed } from "./actor.ts";
import { eachWay, setStage, token, type Stage } from "./stage.ts";

type Answer = ErrorName | "ok";
type Answers = Readonly<Record<string, Answer>>;

const roles = ["owner", "admin", "member", "stranger", "banned"] as const;
type Role = (typeof roles)[number];
/** The first administrator's name is `admin`, so the roles need others. */
const userOf = {
  owner: "olga",
  admin: "adam",
  member: "mary",
  stranger: "stan",
  banned: "bert",
} as const;

/** One answer for each of the roles, in their order. */
const each = (owner: Answer, admin: Answer, member: Answer, stranger: Answer, banned: Answer) => ({
  owner,
  admin,
  member,
  stranger,
  banned,
});
const everyone = each("ok", "ok", "ok", "not_member", "banned");
const leaders = each("ok", "ok", "forbidden", "not_member", "banned");
const ownerOnly = each("ok", "forbidden", "forbidden", "not_member", "banned");
const oneOfTwo = { member: "ok", stranger: "not_member" } as const;
const neverDirect = { member: "forbidden", stranger: "not_member" } as const;

interface Row {
  readonly direct: Answers;
  readonly group: Answers;
  readonly channel: Answers;
  /** The parameters for a conversation in which `victim` is a member too. */
  readonly params: (conversation: string) => object;
}

const victim = "victim";
const about = (more: object) => (conversation: string) => ({ conversation, ...more });
const reading = { direct: oneOfTwo, group: everyone, channel: everyone } as const;
const draft = (conversation: string) => ({
  conversation,
  clientId: crypto.randomUUID(),
  clientSeq: 1,
  kind: "text",
  content: { text: "hello" },
});

/** Commands on a conversation. */
const onConversation = {
  send: { direct: oneOfTwo, group: everyone, channel: leaders, params: draft },
  "send to *": {
    direct: oneOfTwo,
    group: leaders,
    channel: leaders,
    params: (conversation) => ({ ...draft(conversation), mentions: ["*"] }),
  },
  typing: { direct: oneOfTwo, group: everyone, channel: leaders, params: about({ on: true }) },
  history: { ...reading, params: about({}) },
  conversation: { ...reading, params: about({}) },
  members: { ...reading, params: about({}) },
  delivered: { ...reading, params: about({ seq: 1 }) },
  read: { ...reading, params: about({ seq: 1 }) },
  receipts: { ...reading, params: about({ seq: 1, cursor: "read" }) },
  invite: {
    direct: neverDirect,
    group: everyone,
    channel: leaders,
    params: about({ users: ["outsider"] }),
  },
  "invite of somebody banned": {
    direct: neverDirect,
    group: leaders,
    channel: leaders,
    params: about({ users: ["outlaw"] }),
  },
  invite_link: { direct: neverDirect, group: everyone, channel: leaders, params: about({}) },
  join: { direct: neverDirect, group: everyone, channel: everyone, params: about({}) },
  leave: {
    direct: neverDirect,
    group: each("ok", "ok", "ok", "ok", "banned"),
    channel: each("ok", "ok", "ok", "ok", "banned"),
    params: about({}),
  },
  remove: {
    direct: neverDirect,
    group: leaders,
    channel: leaders,
    params: about({ users: [victim] }),
  },
  "remove of the owner": {
    direct: neverDirect,
    group: each("forbidden", "forbidden", "forbidden", "not_member", "banned"),
    channel: each("forbidden", "forbidden", "forbidden", "not_member", "banned"),
    params: about({ users: [userOf.owner], ban: true }),
  },
  role: {
    direct: neverDirect,
    group: ownerOnly,
    channel: ownerOnly,
    params: about({ user: victim, role: "admin" }),
  },
  "role for oneself": {
    direct: neverDirect,
    group: each("ok", "forbidden", "forbidden", "not_member", "banned"),
    channel: each("ok", "forbidden", "forbidden", "not_member", "banned"),
    params: about({ user: userOf.owner, role: "owner" }),
  },
  rename: {
    direct: neverDirect,
    group: leaders,
    channel: leaders,
    params: about({ title: "Mine" }),
  },
  mute: {
    direct: neverDirect,
    group: leaders,
    channel: leaders,
    params: about({ user: victim, until: 9_999_999_999_999 }),
  },
  "mute of everybody": {
    direct: neverDirect,
    group: leaders,
    channel: leaders,
    params: about({ until: 9_999_999_999_999 }),
  },
  dissolve: { direct: neverDirect, group: ownerOnly, channel: ownerOnly, params: about({}) },
} as const satisfies Readonly<Record<string, Row>>;

interface PersonalRow {
  readonly params: (own: { token: string; device: string }) => object;
  /** Over a connection past its hello: any user, and an administrator. */
  readonly user: Answer;
  readonly administrator: Answer;
  /** The same two over HTTP. */
  readonly http: Answer;
  readonly httpAdministrator: Answer;
}
const sessionOnly = {
  user: "ok",
  administrator: "ok",
  http: "unknown_command",
  httpAdministrator: "unknown_command",
} as const;
const anybody = { user: "ok", administrator: "ok", http: "ok", httpAdministrator: "ok" } as const;
const nothing = () => ({});

/** Commands that are not about a conversation. */
const personal = {
  hello: {
    ...sessionOnly,
    params: (own) => own,
    user: "bad_request",
    administrator: "bad_request",
  },
  refresh: { ...sessionOnly, params: ({ token }) => ({ token }) },
  ping: { ...sessionOnly, params: nothing },
  received: { ...sessionOnly, params: () => ({ position: 0 }) },
  bye: { ...sessionOnly, params: nothing },
  devices: { ...anybody, params: nothing },
  sign_out: { ...sessionOnly, params: nothing },
  sync: { ...anybody, params: nothing },
  create: {
    ...anybody,
    params: () => ({ clientId: crypto.randomUUID(), kind: "channel", title: "News" }),
  },
  presence: { ...sessionOnly, params: () => ({ status: "away" }) },
  watch: { ...sessionOnly, params: () => ({ users: [victim] }) },
  unwatch: { ...sessionOnly, params: () => ({ users: [victim] }) },
  profile: { ...anybody, params: () => ({ name: "Somebody" }) },
  users: { ...anybody, params: () => ({ prefix: "v" }) },
  // What a real link opens is in `invites.test.ts`; here nobody has one.
  peek_invite: {
    params: () => ({ token: "no-link" }),
    user: "token_invalid",
    administrator: "token_invalid",
    http: "token_invalid",
    httpAdministrator: "token_invalid",
  },
  kick: {
    params: () => ({ user: "nobody-special" }),
    user: "forbidden",
    administrator: "ok",
    http: "forbidden",
    httpAdministrator: "ok",
  },
} as const satisfies Readonly<Record<string, PersonalRow>>;

/** The command of a row: what stands before the first space. */
const commandOf = (row: string) => row.split(" ", 1)[0] as CommandName;

test("the tables leave no command out", () => {
  const walked = new Set([...Object.keys(onConversation), ...Object.keys(personal)].map(commandOf));
  expect([...walked].sort()).toEqual(Object.keys(commands).sort() as CommandName[]);
});

describe.each(eachWay)("authorisation over %s", (_name, way) => {
  let stage: Stage;
  let actors: Readonly<Record<Role | "administrator", Actor>>;

  beforeAll(async () => {
    stage = await setStage({ way });
    const cast = await stage.cast(
      ...Object.values(userOf),
      victim,
      "outsider",
      "outlaw",
      "nobody-special",
    );
    const [owner, admin, member, stranger, banned] = cast as never as Actor[];
    const administrator = await stage.admin();
    actors = { owner, admin, member, stranger, banned, administrator } as typeof actors;
  });
  afterAll(() => stage.close());

  /** What comes back to a command over the connection, and over HTTP with a token of the same user. */
  const overSocket = (actor: Actor, command: CommandName, params: object): Promise<Answer> =>
    actor.call(command, params as never).then(
      () => "ok" as const,
      (error: unknown) => {
        if (error instanceof CommandFailed) return error.error.name;
        throw error;
      },
    );
  async function overHttp(bearer: string, command: CommandName, params: object): Promise<Answer> {
    const reply = await stage.post(`/api/commands/${command}`, params, bearer);
    const error = reply as Partial<WireError>;
    return error.retryable === undefined ? "ok" : (error.name ?? "internal");
  }

  /** A conversation with everybody in their places. */
  async function conversation(kind: "direct" | "group" | "channel"): Promise<string> {
    const { owner } = actors;
    if (kind === "direct") {
      const id = actors.member.with(victim);
      await actors.member.says(id, "first");
      return id;
    }
    const members = [userOf.admin, userOf.member, victim];
    const params: Params<"create"> = {
      clientId: crypto.randomUUID(),
      kind,
      title: "Walk",
      members,
    };
    const { id } = (await owner.call("create", params)).conversation;
    await owner.call("role", { conversation: id, user: userOf.admin, role: "admin" });
    await owner.call("remove", { conversation: id, users: [userOf.banned, "outlaw"], ban: true });
    return id;
  }

  const cases = Object.keys(onConversation).flatMap((row) =>
    (["direct", "group", "channel"] as const).map((kind) => [row, kind] as const),
  );
  test.each(cases)("%s in a %s conversation", async (row, kind) => {
    const { params, ...expected } = onConversation[row as keyof typeof onConversation] as Row;
    const answers: Record<string, Answer> = {};
    const answersOverHttp: Record<string, Answer> = {};
    const command = commandOf(row);
    const ask = async (role: Role) => {
      answers[role] = await overSocket(actors[role], command, params(await conversation(kind)));
      const other = params(await conversation(kind));
      answersOverHttp[role] = await overHttp(await token(userOf[role]), command, other);
    };
    await Promise.all((Object.keys(expected[kind]) as Role[]).map(ask));
    expect(answers).toEqual(expected[kind]);
    expect(answersOverHttp).toEqual(expected[kind]);
    // Administrators of the server are nobody special in a conversation.
    const { administrator } = actors;
    const strange = expected[kind]["stranger"] as Answer;
    expect(await overSocket(administrator, commandOf(row), params(await conversation(kind)))).toBe(
      strange,
    );
  });

  test.each(["send", "join", "invite", "rename", "history", "leave"] as const)(
    "%s in a conversation that does not exist",
    async (command) => {
      const id = "g:0:aaaaaaaaaaaaaaaaaaaa";
      const params = onConversation[command].params(id);
      expect(await overSocket(actors.owner, command, params)).toBe("conversation_unknown");
    },
  );

  test("an open group lets strangers in, but not who is banned", async () => {
    const open = await actors.owner.call("create", {
      clientId: crypto.randomUUID(),
      kind: "group",
      title: "Open",
      open: true,
    });
    const params = { conversation: open.conversation.id };
    await actors.owner.call("remove", { ...params, users: [userOf.banned], ban: true });
    expect(await overSocket(actors.stranger, "join", params)).toBe("ok");
    expect(await overSocket(actors.banned, "join", params)).toBe("banned");
    expect(await overSocket(actors.member, "history", params)).toBe("not_member");
  });

  test.each(Object.keys(personal) as (keyof typeof personal)[])("%s", async (command) => {
    const row: PersonalRow = personal[command];
    const own = { token: await token("walker"), device: "walker-1" };
    const adminToken = await stage.adminToken();
    const adminOwn = { token: adminToken, device: "walker-1" };
    const walker = await stage.actor("walker");
    const administrator = await stage.admin();
    expect({
      user: await overSocket(walker, command, row.params(own)),
      administrator: await overSocket(administrator, command, row.params(adminOwn)),
      http: await overHttp(own.token, command, row.params(own)),
      httpAdministrator: await overHttp(adminToken, command, row.params(adminOwn)),
    }).toEqual({
      user: row.user,
      administrator: row.administrator,
      http: row.http,
      httpAdministrator: row.httpAdministrator,
    });
  });

  test("before its hello nobody may do anything", async () => {
    const early = new Actor(stage, "early");
    await early.open();
    for (const [row, { params }] of Object.entries(onConversation))
      expect(await overSocket(early, commandOf(row), params("d:early:early"))).toBe(
        "hello_required",
      );
    for (const [command, { params }] of Object.entries(personal)) {
      if (command === "hello") continue;
      const own = { token: "", device: "" };
      expect(await overSocket(early, command as CommandName, params(own))).toBe("hello_required");
    }
    early.leaveStage();
  });

  test("without a token, or with a bad one, HTTP carries out nothing", async () => {
    for (const command of Object.keys(commands) as CommandName[])
      expect(await overHttp("no-token", command, {})).toBe("token_invalid");
  });

  test("whether two others have spoken with each other, nobody learns by any command", async () => {
    const [one, two, three] = [1, 2, 3].map((number) => `pair-${way.codec.name}-${number}`);
    const speaker = await stage.actor(one ?? "");
    await stage.actor(two ?? "");
    await stage.actor(three ?? "");
    const spoken = speaker.with(two ?? "");
    await speaker.says(spoken, "between us");
    const bearer = await token(userOf.stranger);
    for (const [row, { params }] of Object.entries(onConversation)) {
      const answers = [spoken, speaker.with(three ?? "")].map((id) =>
        overHttp(bearer, commandOf(row), params(id)),
      );
      const [there, notThere] = await Promise.all(answers);
      expect(`${row}: ${there}`).toBe(`${row}: ${notThere}`);
      expect(there).not.toBe("ok");
    }
  });

  test("a disabled account is out at once, and does nothing any more", async () => {
    const user = `disabled-${way.codec.name}`;
    const disabled = await stage.actor(user);
    const id = disabled.with(userOf.owner);
    await disabled.says(id, "goodbye");
    await stage.post(
      `/api/admin/users/${user}`,
      { disabled: true },
      await stage.adminToken(),
      "PATCH",
    );
    expect((await disabled.closed).code).toBe(closeCodes.account_disabled.code);
    await disabled.open();
    const hello = { token: await token(user), device: disabled.device };
    expect(await disabled.refused("hello", hello)).toBe("account_disabled");
    expect((await disabled.closed).code).toBe(closeCodes.account_disabled.code);
    for (const [row, { params }] of Object.entries(onConversation))
      expect(await overHttp(hello.token, commandOf(row), params(id))).toBe("account_disabled");
    for (const [command, { params }] of Object.entries(personal))
      expect(await overHttp(hello.token, command as CommandName, params(hello))).toBe(
        "account_disabled",
      );
  });
});
