/** Draws the chat as rows of text. A pure function of what is known, so that it can be tested without a terminal. */
import type { Context } from "../context.ts";
import { characters, fit, oneLine, pad, width, wrap } from "../terminal/text.ts";
import { describe } from "./describe.ts";
import { progressOf, signs, type Reached } from "./marks.ts";
import { isNote, type ChatState, type Line, type Note, type Room } from "./state.ts";

export interface Scene {
  readonly state: ChatState;
  /** What the program said while no conversation was open. */
  readonly words: readonly string[];
  readonly before: string;
  readonly after: string;
  /** Rows scrolled up from the newest. */
  readonly scroll: number;
  readonly reached: Reached;
}

export interface Frame {
  readonly rows: readonly string[];
  readonly cursorRow: number;
  readonly cursorColumn: number;
  /** The scroll as far as there is something to scroll to. */
  readonly scroll: number;
}

/** Narrower than this, names stand before the text instead of in a column of their own. */
const columnsForNames = 56;
const nameColumns = 12;
const inputRowsMax = 5;

/** The whole screen, exactly `rows` rows of at most `columns` columns. */
export function paint(context: Context, scene: Scene, columns: number, rows: number): Frame {
  const input = paintInput(context, scene, columns, Math.max(1, Math.min(inputRowsMax, rows - 3)));
  const height = Math.max(1, rows - 2 - input.rows.length);
  const { shown, scroll } = paintLines(context, scene, columns, height);
  const blank = Array.from({ length: Math.max(0, height - shown.length) }, () => "");
  const all = [
    paintTabs(context, scene, columns),
    ...blank,
    ...shown,
    paintStatus(context, scene, columns, scroll),
    ...input.rows,
  ];
  const surplus = Math.max(0, all.length - rows);
  return {
    rows: all.slice(surplus),
    cursorRow: all.length - input.rows.length + input.row - surplus,
    cursorColumn: input.column,
    scroll,
  };
}

/** The conversations in one row, the open one highlighted, unread ones counted; what does not fit is counted at the end. */
function paintTabs({ colors, t }: Context, { state }: Scene, columns: number): string {
  const sign = state.trouble === undefined ? colors.green("●") : colors.yellow("○");
  let used = 2;
  let hidden = 0;
  const tabs: string[] = [];
  const rooms = state.rooms();
  const listed =
    state.current !== undefined && !rooms.includes(state.current)
      ? [state.current, ...rooms]
      : rooms;
  // The open conversation comes first, so that it is there on the narrowest screen.
  for (const room of [...listed].sort(
    (a, b) => Number(b === state.current) - Number(a === state.current),
  )) {
    const unread =
      room === state.current || room.unread === 0
        ? ""
        : ` ${room.mentions > 0 ? "@" : ""}${room.unread}`;
    const label = ` ${fit(oneLine(room.title), Math.min(20, Math.max(4, columns - 8 - unread.length)))}${unread} `;
    if (used + width(label) > columns - 5 && tabs.length > 0) {
      hidden++;
      continue;
    }
    used += width(label);
    tabs.push(
      room === state.current
        ? colors.inverse(colors.bold(label))
        : unread === ""
          ? colors.dim(label)
          : colors.bold(label),
    );
  }
  if (tabs.length === 0) tabs.push(` ${fit(t("chat.no_rooms"), columns - 4)}`);
  return `${sign} ${tabs.join("")}${hidden > 0 ? colors.dim(` +${hidden}`) : ""}`;
}

/** The newest lines that fit, or older ones when scrolled. Only what is shown is laid out. */
function paintLines(
  context: Context,
  scene: Scene,
  columns: number,
  height: number,
): { shown: string[]; scroll: number } {
  const room = scene.state.current;
  if (room === undefined)
    return { shown: welcome(context, scene.words, columns).slice(-height), scroll: 0 };
  const wanted = height + scene.scroll;
  const blocks: string[][] = [];
  let laid = 0;
  for (let at = room.lines.length - 1; at >= 0 && laid < wanted; at--) {
    const line = room.lines[at];
    if (line === undefined) continue;
    const block = isNote(line)
      ? paintNote(context, line, columns)
      : paintLine(context, scene, room, at, line, columns);
    blocks.push(block);
    laid += block.length;
  }
  const all = blocks.reverse().flat();
  const scroll = Math.max(0, Math.min(scene.scroll, all.length - height));
  const end = all.length - scroll;
  return { shown: all.slice(Math.max(0, end - height), end), scroll };
}

function paintNote({ colors }: Context, { note }: Note, columns: number): string[] {
  return (
    note
      .split("\n")
      // Columns that do not fit side by side are better without the space between them.
      .map((row) => (width(row) > columns - 2 ? row.replace(/ {2,}/g, "  ") : row))
      .flatMap((row) => wrap(row, columns - 2).map((part) => colors.dim(`  ${part}`)))
  );
}

function paintLine(
  context: Context,
  scene: Scene,
  room: Room,
  at: number,
  line: Line,
  columns: number,
): string[] {
  const { colors, t } = context;
  const { state } = scene;
  const previous = lineBefore(room, at);
  const block: string[] = [];
  if (previous === undefined || !sameDay(previous.time, line.time))
    block.push(colors.dim(rule(dayOf(line.time, context.language), columns)));
  const fresh =
    room.newAfter !== undefined && line.seq !== undefined && line.seq > room.newAfter && !line.own;
  if (fresh && (previous?.seq ?? 0) <= (room.newAfter ?? 0))
    block.push(colors.yellow(rule(t("chat.new"), columns)));
  const text = describe(line, state, t);
  if (line.kind === "system")
    return [
      ...block,
      ...text.flatMap((row) => wrap(`· ${row}`, columns - 2)).map((row) => colors.dim(` ${row}`)),
    ];

  const name = line.own ? t("chat.you") : oneLine(state.nameOf(line.sender));
  const paintName = line.own ? colors.bold : nameColor(context, line.sender);
  const mark = line.own ? paintMark(context, line, room, scene.reached) : "";
  const wide = columns >= columnsForNames;
  const time = new Date(line.time).toTimeString().slice(0, 5);
  const head = wide
    ? `${colors.dim(time)} ${paintName(pad(fit(name, nameColumns), nameColumns))} `
    : `${paintName(fit(name, Math.max(4, columns >> 1)))}: `;
  const indent = wide ? width(head) : 2;
  const body = text.flatMap((row) => wrap(row, columns - indent));
  if (!wide) {
    const all = text.flatMap((row, index) =>
      wrap(index === 0 ? head + row : row, columns - indent),
    );
    return [
      ...block,
      ...withMark(
        all.map((row, index) => (index === 0 ? row : `  ${row}`)),
        mark,
        columns,
      ),
    ];
  }
  const emphasised = line.mentionsMe && !line.own ? body.map((row) => colors.bold(row)) : body;
  const laid = emphasised.map((row, index) =>
    index === 0 ? head + row : " ".repeat(indent) + row,
  );
  return [...block, ...withMark(laid, mark, columns)];
}

function lineBefore(room: Room, at: number): Line | undefined {
  for (let before = at - 1; before >= 0; before--) {
    const line = room.lines[before];
    if (line !== undefined && !isNote(line)) return line;
  }
  return undefined;
}

/** The mark after the last row, or on a row of its own if there is no room. */
function withMark(rows: string[], mark: string, columns: number): string[] {
  if (mark === "") return rows;
  const last = rows.at(-1) ?? "";
  if (width(last) + 1 + width(mark) <= columns) return [...rows.slice(0, -1), `${last} ${mark}`];
  return [...rows, " ".repeat(Math.max(0, columns - width(mark))) + mark];
}

function paintMark({ colors, t }: Context, line: Line, room: Room, reached: Reached): string {
  const progress = progressOf(line, room, reached);
  const sign = signs[progress];
  if (progress === "refused") return colors.red(`${sign} ${oneLine(line.failure ?? "")}`);
  if (progress !== "read") return colors.dim(sign);
  const { read } = reached(room, line.seq ?? 0);
  return colors.cyan(
    room.kind === "direct"
      ? `${sign} ${t("chat.read")}`
      : `${sign} ${t("chat.read_by", { count: read })}`,
  );
}

function paintStatus(context: Context, { state }: Scene, columns: number, scroll: number): string {
  const { colors, t } = context;
  const room = state.current;
  // Without a connection nobody knows who is there.
  const typing =
    room === undefined || state.trouble !== undefined
      ? []
      : [...room.typing]
          .filter((user) => user !== state.user)
          .map((user) => oneLine(state.nameOf(user)));
  const parts = [
    state.trouble === undefined ? "" : colors.yellow(state.trouble),
    state.waiting > 0 && state.trouble !== undefined
      ? colors.yellow(t("chat.waiting", { count: state.waiting }))
      : "",
    scroll > 0 ? colors.cyan(t("chat.scrolled")) : "",
    typing.length === 0
      ? ""
      : colors.italic(
          t(typing.length === 1 ? "chat.typing" : "chat.typing_many", {
            who: typing.slice(0, 3).join(", "),
          }),
        ),
    typing.length > 0 || room === undefined || state.trouble !== undefined
      ? ""
      : colors.dim(roomState(context, state, room)),
  ].filter((part) => part !== "");
  const hint = colors.dim(t("chat.hint"));
  const left = cut(parts.join("  "), columns);
  return width(left) + width(hint) + 3 <= columns
    ? `${left}${" ".repeat(columns - width(left) - width(hint) - 1)}${hint}`
    : left;
}

/** Who is there: presence of the other, or the number of members. */
export function roomState({ t, language }: Context, state: ChatState, room: Room): string {
  if (room.peer === undefined) return t("chat.members", { count: room.memberCount });
  const presence = state.presenceOf(room.peer);
  if (presence === undefined) return "";
  if (presence.status !== "offline")
    return t(presence.status === "away" ? "chat.away" : "chat.online");
  return presence.lastSeen === undefined
    ? t("chat.offline")
    : t("chat.last_seen", { time: moment(presence.lastSeen, language) });
}

/** A time of today by the clock, any other with its day. */
export function moment(time: number, language: string): string {
  const clock = new Date(time).toTimeString().slice(0, 5);
  return sameDay(time, Date.now()) ? clock : `${dayOf(time, language)} ${clock}`;
}

const sameDay = (a: number, b: number) => new Date(a).toDateString() === new Date(b).toDateString();

function dayOf(time: number, language: string): string {
  return new Date(time).toLocaleDateString(language === "zh" ? "zh-CN" : "en-GB", {
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
  });
}

function rule(label: string, columns: number): string {
  const side = Math.max(1, (columns - width(label) - 2) >> 1);
  return fit(
    `${"─".repeat(Math.min(side, 12))} ${label} ${"─".repeat(Math.min(side, 12))}`,
    columns,
  );
}

/** A colour per user, the same every time. */
function nameColor({ colors }: Context, user: string): (text: string) => string {
  const palette = [
    colors.cyan,
    colors.magenta,
    colors.green,
    colors.blue,
    colors.yellow,
    colors.red,
  ];
  let hash = 0;
  for (const character of user) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  return palette[hash % palette.length] ?? colors.cyan;
}

function welcome({ t, colors }: Context, words: readonly string[], columns: number): string[] {
  return [...t("chat.welcome").split("\n"), "", ...words].flatMap((row) =>
    wrap(row, columns - 2).map((part) => colors.dim(` ${part}`)),
  );
}

/** What is typed, broken into rows; the last ones that hold the cursor. */
function paintInput(
  { colors }: Context,
  scene: Scene,
  columns: number,
  rowsMax: number,
): { rows: string[]; row: number; column: number } {
  const prompt = "› ";
  const room = Math.max(4, columns - width(prompt) - 1);
  const visible = (text: string) =>
    characters(text).map((character) => (character === "\n" ? "⏎" : character));
  const before = visible(scene.before);
  const rows: string[] = [""];
  let used = 0;
  let cursor = { row: 0, column: 0 };
  [...before, ...visible(scene.after)].forEach((character, index) => {
    if (index === before.length) cursor = { row: rows.length - 1, column: used };
    if (used + width(character) > room) {
      rows.push("");
      used = 0;
      if (index === before.length) cursor = { row: rows.length - 1, column: 0 };
    }
    rows[rows.length - 1] += character;
    used += width(character);
  });
  if (scene.after === "") cursor = { row: rows.length - 1, column: used };
  const first = Math.max(0, Math.min(rows.length - rowsMax, cursor.row));
  const shown = rows
    .slice(first, first + rowsMax)
    .map((row, index) => (first + index === 0 ? colors.cyan(prompt) : "  ") + row);
  return { rows: shown, row: cursor.row - first, column: cursor.column + width(prompt) };
}

/** Coloured text cut to the screen: the first row of its wrapping. */
function cut(text: string, columns: number): string {
  return width(text) <= columns ? text : (wrap(text, columns)[0] ?? "");
}
