import { createInterface } from "node:readline";
import type { Context } from "../context.ts";
import { oneLine } from "../terminal/text.ts";
import { describe } from "./describe.ts";
import { progressOf, signs, type Progress, type Reached } from "./marks.ts";
import { isNote, type ChatState, type Line, type Room } from "./state.ts";
import type { ChatView, Talk } from "./talk.ts";

/** Lines shown when a conversation is opened. */
const openingLines = 20;

/** One event a line: for pipes, scripts, screen readers and terminals that cannot place a cursor. */
export class PlainView implements ChatView {
  readonly #context: Context;
  readonly #state: ChatState;
  readonly #reached: Reached;
  /** What was last told of each conversation's newest own message. */
  readonly #told = new Map<string, { seq: number; progress: Progress }>();
  readonly #typists = new Set<string>();
  #trouble: string | undefined;
  #started = false;

  constructor(context: Context, state: ChatState, reached: Reached) {
    this.#context = context;
    this.#state = state;
    this.#reached = reached;
  }

  /** What came before this is history, shown when its conversation is opened; from now on every message is told. */
  started(): void {
    this.#started = true;
    if (this.#state.current === undefined) this.say(this.#context.t("chat.welcome"));
  }

  line(room: Room, line: Line): void {
    if (this.#started) this.#print(room, line);
  }

  progress(room: Room): void {
    const line = room.lines.findLast(
      (other): other is Line =>
        !isNote(other) && other.own && other.seq !== undefined && other.kind !== "system",
    );
    if (!this.#started || line?.seq === undefined) return;
    const progress = progressOf(line, room, this.#reached);
    const told = this.#told.get(room.id);
    if (progress === "sent" || (told?.seq === line.seq && told.progress === progress)) return;
    this.#told.set(room.id, { seq: line.seq, progress });
    this.#out(
      this.#context.colors.dim(
        `${label(room)} ${signs[progress]} ${this.#context.t(progress === "read" ? "chat.progress.read" : "chat.progress.delivered", { seq: line.seq })}`,
      ),
    );
  }

  say(text: string): void {
    for (const row of text.split("\n")) this.#out(this.#context.colors.dim(`* ${row}`));
  }

  opened(room: Room): void {
    this.say(this.#context.t("chat.opened", { title: oneLine(room.title) }));
    for (const line of room.lines.slice(-openingLines)) if (!isNote(line)) this.#print(room, line);
  }

  kept(): void {
    this.say(this.#context.t("chat.queued"));
  }

  changed(): void {
    const { trouble, current } = this.#state;
    if (trouble !== this.#trouble) {
      this.#trouble = trouble;
      this.say(trouble ?? this.#context.t("chat.reconnected"));
    }
    const typing = new Set([...(current?.typing ?? [])].map((user) => `${current?.id} ${user}`));
    for (const key of typing)
      if (!this.#typists.has(key) && this.#started)
        this.say(
          this.#context.t("chat.typing", {
            who: oneLine(this.#state.nameOf(key.split(" ")[1] ?? "")),
          }),
        );
    this.#typists.clear();
    for (const key of typing) this.#typists.add(key);
  }

  #print(room: Room, line: Line): void {
    const { colors, t } = this.#context;
    const time = colors.dim(new Date(line.time).toTimeString().slice(0, 5));
    const rows = describe(line, this.#state, t);
    const name = line.own ? t("chat.you") : oneLine(this.#state.nameOf(line.sender));
    const mark =
      line.own && line.kind !== "system" ? ` ${signs[progressOf(line, room, this.#reached)]}` : "";
    rows.forEach((row, index) => {
      const head = line.kind === "system" ? "·" : `${colors.bold(name)}:`;
      this.#out(`${time} ${label(room)} ${head} ${row}${index === rows.length - 1 ? mark : ""}`);
    });
  }

  #out(line: string): void {
    this.#context.out(line);
  }
}

const label = (room: Room) => `[${oneLine(room.title)}]`;

/** Feeds what is typed or piped, line by line, until it ends; the end of input leaves the chat. */
export async function runPlain(
  talk: Talk,
  view: PlainView,
  input: NodeJS.ReadableStream,
): Promise<number> {
  view.started();
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY, terminal: false });
  let ended = false;
  void talk.over.then(() => {
    ended = true;
    lines.close();
  });
  for await (const line of lines) {
    await talk.submit(line);
    if (ended) break;
  }
  if (!ended) await talk.quit();
  return talk.over;
}
