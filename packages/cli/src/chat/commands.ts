/** What can be typed after a slash. */
import type { Member } from "@godwit/client";
import { directId } from "@godwit/protocol";
import type { MessageKey } from "../i18n/en.ts";
import { oneLine, pad } from "../terminal/text.ts";
import { moment, roomState } from "./paint.ts";
import type { Room } from "./state.ts";
import type { Talk } from "./talk.ts";

interface Command {
  /** Placeholders of its arguments, as shown in the help. */
  readonly usage: string;
  readonly help: MessageKey;
  /** Fewest words it needs. */
  readonly least: number;
  run(talk: Talk, words: readonly string[], rest: string): Promise<void> | void;
}

export interface ParsedCommand {
  readonly name: string;
  readonly words: readonly string[];
  /** Everything after the name as it was typed. */
  readonly rest: string;
}

/** Members named by `/who`. */
const membersShown = 50;
const historyMax = 200;

const commands: Readonly<Record<string, Command>> = {
  to: { usage: "<user|title|number> [text]", help: "chat.help.to", least: 1, run: to },
  list: { usage: "", help: "chat.help.list", least: 0, run: list },
  group: { usage: '"title" <user> …', help: "chat.help.group", least: 1, run: group },
  invite: { usage: "<user> …", help: "chat.help.invite", least: 1, run: invite },
  remove: { usage: "<user> …", help: "chat.help.remove", least: 1, run: remove },
  join: { usage: "<group id>", help: "chat.help.join", least: 1, run: join },
  leave: { usage: "", help: "chat.help.leave", least: 0, run: leave },
  rename: { usage: "<title>", help: "chat.help.rename", least: 1, run: rename },
  who: { usage: "", help: "chat.help.who", least: 0, run: who },
  read: { usage: "", help: "chat.help.read", least: 0, run: readBy },
  history: { usage: "[count]", help: "chat.help.history", least: 0, run: history },
  status: { usage: "online|away|invisible", help: "chat.help.status", least: 1, run: status },
  help: { usage: "", help: "chat.help.help", least: 0, run: help },
  quit: { usage: "", help: "chat.help.quit", least: 0, run: (talk) => talk.quit() },
};

export const commandNames: readonly string[] = Object.keys(commands);

/** `/name word "two words" rest` apart; undefined for a message, also one that begins with `//`. */
export function parseCommand(text: string): ParsedCommand | undefined {
  const [, name, rest = ""] = /^\/([a-z]+)(?:\s+([\s\S]*))?$/.exec(text.trim()) ?? [];
  if (name === undefined) return undefined;
  const words = [...rest.matchAll(/"([^"]*)"|(\S+)/g)].map(
    ([, quoted, bare]) => quoted ?? bare ?? "",
  );
  return { name, words, rest: rest.trim() };
}

/** Runs a command; false if the text is a message. Failures are the caller's to tell. */
export async function runCommand(talk: Talk, text: string): Promise<boolean> {
  const { t } = talk.context;
  const parsed = parseCommand(text);
  if (parsed === undefined) return false;
  const { name, words, rest } = parsed;
  const command =
    commands[name] ?? commands[commandNames.find((known) => known.startsWith(name)) ?? ""];
  if (command === undefined) talk.view.say(t("chat.unknown_command", { name }));
  else if (words.length < command.least)
    talk.view.say(t("chat.usage", { usage: `/${name} ${command.usage}` }));
  else await command.run(talk, words, rest);
  return true;
}

async function to(talk: Talk, words: readonly string[], rest: string): Promise<void> {
  const { state, view, context } = talk;
  const [target = ""] = words;
  const wanted = target.toLowerCase();
  const rooms = state.rooms();
  const listed =
    rooms.find((room) => room.peer?.toLowerCase() === wanted) ??
    rooms.find((room) => room.title.toLowerCase() === wanted) ??
    (/^\d+$/.test(target) ? rooms[Number(target) - 1] : undefined);
  const room = listed ?? (await directWith(talk, target));
  if (room === undefined) {
    const self = wanted === state.user.toLowerCase();
    view.say(context.t(self ? "chat.with_self" : "chat.no_such_user", { name: oneLine(target) }));
    return;
  }
  await talk.open(room);
  const text = rest.slice(rest.startsWith('"') ? target.length + 2 : target.length).trim();
  if (text !== "")
    talk
      .chat(room)
      .send(text)
      .catch(() => {});
}

/** The direct conversation with a user whom the server knows, by id. */
async function directWith(talk: Talk, user: string): Promise<Room | undefined> {
  if (user === talk.state.user || !/^[A-Za-z0-9][A-Za-z0-9._@|=-]{0,63}$/.test(user))
    return undefined;
  const [profile] = await talk.client.users({ ids: [user] });
  if (profile === undefined) return undefined;
  talk.state.named(profile);
  return talk.state.ensure(directId(talk.state.user, profile.user), "direct");
}

function list({ state, view, context }: Talk): void {
  const rooms = state.rooms();
  const rows = rooms.slice(0, 100).map((room, index) => {
    const unread =
      room.unread === 0
        ? ""
        : `  ${context.t("chat.unread", { count: room.unread })}${room.mentions > 0 ? " @" : ""}`;
    return `${String(index + 1).padStart(3)}  ${pad(oneLine(room.title), 24)}  ${roomState(context, state, room)}${unread}${room === state.current ? "  ←" : ""}`;
  });
  view.say(rows.length === 0 ? context.t("chat.no_rooms") : rows.join("\n"));
}

async function group(talk: Talk, [title = "", ...members]: readonly string[]): Promise<void> {
  const made = await talk.client.createGroup({ title, members: members.map(withoutAt) });
  await talk.open(talk.state.conversation(await made.info()));
}

async function invite(talk: Talk, users: readonly string[]): Promise<void> {
  const added = await talk.group()?.invite(users.map(withoutAt));
  if (added?.length === 0) talk.view.say(talk.context.t("chat.invited_nobody"));
}

async function remove(talk: Talk, users: readonly string[]): Promise<void> {
  const removed = await talk.group()?.remove(users.map(withoutAt));
  if (removed?.length === 0) talk.view.say(talk.context.t("chat.removed_nobody"));
}

async function join(talk: Talk, [id = ""]: readonly string[]): Promise<void> {
  if (!/^[gc]:/.test(id)) talk.view.say(talk.context.t("chat.usage", { usage: "/join g:0:…" }));
  else await talk.open(talk.state.conversation(await talk.client.group(id).join()));
}

async function leave(talk: Talk): Promise<void> {
  const room = talk.state.current;
  const left = talk.group();
  if (left === undefined || room === undefined) return;
  await left.leave();
  talk.state.removed(room.id);
  talk.view.say(talk.context.t("chat.left", { title: oneLine(room.title) }));
}

async function rename(talk: Talk, _words: readonly string[], rest: string): Promise<void> {
  await talk.group()?.rename(rest.replace(/^"(.*)"$/, "$1"));
}

async function who(talk: Talk): Promise<void> {
  const { state, view, context } = talk;
  const room = state.current;
  if (room === undefined) return view.say(context.t("chat.nobody"));
  if (room.peer !== undefined)
    return view.say(
      `${oneLine(state.nameOf(room.peer))} (${room.peer})  ${roomState(context, state, room)}`,
    );
  const members: Member[] = [];
  for await (const member of talk.client.group(room.id).members())
    if (members.push(member) === membersShown) break;
  for (const presence of await talk.client.watch(members.map(({ user }) => user)))
    state.presence(presence);
  const rows = members.map(({ user, role }) => {
    const online = state.presenceOf(user)?.status;
    const sign = online === undefined || online === "offline" ? "○" : "●";
    return `${sign} ${pad(oneLine(state.nameOf(user)), 20)} ${user === state.nameOf(user) ? "" : `${user} `}${role === "member" ? "" : context.t(`chat.role.${role}`)}`.trimEnd();
  });
  if (room.memberCount > rows.length)
    rows.push(context.t("chat.more_members", { count: room.memberCount - rows.length }));
  view.say(
    [
      `${oneLine(room.title)}  ${room.id}  ${context.t("chat.members", { count: room.memberCount })}`,
      ...rows,
    ].join("\n"),
  );
}

/** Who has read this user's newest message here. */
async function readBy(talk: Talk): Promise<void> {
  const { state, view, context } = talk;
  const room = state.current;
  const line = room?.lines.findLast(
    (other) => "seq" in other && other.own && other.seq !== undefined && other.kind !== "system",
  );
  if (room === undefined || line === undefined || !("seq" in line) || line.seq === undefined)
    return view.say(context.t("chat.nothing_sent"));
  const { total, members } = await talk
    .chat(room)
    .receipts(line.seq, "read", { limit: membersShown });
  const names = members.map(
    ({ user, time }) => `${oneLine(state.nameOf(user))} ${moment(time, context.language)}`,
  );
  view.say([context.t("chat.read_by_total", { count: total }), ...names].join("\n"));
}

async function history(talk: Talk, [count]: readonly string[]): Promise<void> {
  const { state, view, context } = talk;
  const room = state.current;
  if (room === undefined) return view.say(context.t("chat.nobody"));
  const wanted = Math.max(1, Math.min(historyMax, Number.parseInt(count ?? "50", 10) || 50));
  if ((await talk.back(room, wanted)) === 0) view.say(context.t("chat.history_begins"));
  view.opened(room);
}

async function status(talk: Talk, [wanted = ""]: readonly string[]): Promise<void> {
  const known = (["online", "away", "invisible"] as const).find((name) => name === wanted);
  if (known === undefined)
    return talk.view.say(talk.context.t("chat.usage", { usage: "/status online|away|invisible" }));
  await talk.client.presence(known);
  talk.view.say(talk.context.t("chat.status_set", { status: known }));
}

function help({ view, context }: Talk): void {
  const rows = Object.entries(commands).map(
    ([name, { usage, help: key }]) => `${pad(`/${name} ${usage}`, 34)} ${context.t(key)}`,
  );
  view.say([...rows, context.t("chat.help.more")].join("\n"));
}

const withoutAt = (user: string) => user.replace(/^@/, "");
