import { Ellipsis, Reply } from "lucide-react";
import { memo } from "react";
import type { ChatMessage } from "../../model/index.ts";
import { Avatar, cx, showMenu } from "../../ui/index.ts";
import { type PaneContextValue, usePane } from "../pane/pane-context.ts";
import type { Row } from "../timeline/rows.ts";
import { Bubble } from "./bubble.tsx";
import { FailureLine } from "./failure-line.tsx";
import { menuEntries } from "./menu-entries.tsx";
import { useShownName } from "./reply-quote.tsx";
import { useSystemText } from "./use-system-text.ts";

/** What screen readers say of a message at most; the rest can be read in its text. */
const spokenLengthMax = 300;
const toolLook =
  "flex size-8 items-center justify-center rounded-full text-muted hover:bg-hover hover:text-ink";

function SystemLine({ message }: { message: ChatMessage }) {
  const { format } = usePane();
  const text = useSystemText(message.system ?? { event: "expired" }, message.sender);
  return (
    <div className="flex justify-center px-4 py-1">
      <p
        className="rounded-full bg-sunken px-3 py-1 text-center text-xs text-muted select-text"
        data-tip={format.dateTime(message.time)}
      >
        {text}
      </p>
    </div>
  );
}

function openMenu(anchor: Element, message: ChatMessage, pane: PaneContextValue) {
  showMenu(anchor, menuEntries(message, pane), {
    label: pane.t("chat.message.menu"),
    align: message.mine ? "end" : "start",
    returnTo: anchor.closest<HTMLElement>("[data-row]"),
  });
}

/** Beside the message that the pointer or the keyboard is at. */
function Tools({ message }: { message: ChatMessage }) {
  const pane = usePane();
  const { t, canWrite } = pane;
  return (
    <div
      className={cx(
        "absolute inset-y-0 flex items-end px-1",
        message.mine ? "right-full" : "left-full",
      )}
    >
      {/* In view beside a bubble that is higher than the list. */}
      <div className="sticky top-2 bottom-2 flex">
        {canWrite && message.seq !== undefined && (
          <button
            type="button"
            tabIndex={-1}
            aria-label={t("chat.message.reply")}
            data-tip={t("chat.message.reply")}
            className={cx(toolLook, "max-sm:hidden")}
            onClick={() => pane.reply(message)}
          >
            <Reply size={17} />
          </button>
        )}
        <button
          type="button"
          tabIndex={-1}
          aria-haspopup="menu"
          aria-label={t("chat.message.actions")}
          data-tip={t("chat.message.actions")}
          className={toolLook}
          onClick={({ currentTarget }) => openMenu(currentTarget, message, pane)}
        >
          <Ellipsis size={17} />
        </button>
      </div>
    </div>
  );
}

function SenderAvatar({ user }: { user: string }) {
  return <Avatar id={user} name={useShownName(user)} size={32} />;
}

/** Wide bubbles leave room for the tools, one or two of them, and in groups for the picture of who speaks. */
const widthBeside = [
  "max-w-[min(85%,36rem)]",
  "max-w-[min(85%,100%-4.25rem,36rem)] sm:max-w-[min(85%,100%-6.25rem,36rem)]",
] as const;

/** A message with its bubble, and in groups its sender. */
function Spoken({ row, tools }: { row: Row; tools: boolean }) {
  const { kind } = usePane();
  const { message, first, last } = row;
  const { mine, sender } = message;
  const withSender = !mine && kind !== "direct";
  return (
    <div className={cx("flex gap-2 px-3 sm:px-4", mine ? "justify-end" : "justify-start")}>
      {withSender && <div className="w-8 shrink-0">{first && <SenderAvatar user={sender} />}</div>}
      <div
        className={cx(
          "flex min-w-0 flex-col",
          mine && "items-end",
          widthBeside[withSender ? 1 : 0],
        )}
      >
        <div className="relative max-w-full">
          <Bubble message={message} first={first} last={last} named={withSender && first} />
          {tools && <Tools message={message} />}
        </div>
        {message.state === "failed" && <FailureLine message={message} />}
      </div>
    </div>
  );
}

/** Words for a message as a whole, for those who hear it. */
function useSpokenLabel(message: ChatMessage): string {
  const { t, format } = usePane();
  const name = useShownName(message.sender);
  const text =
    message.text === "" && message.kind !== "text" && message.kind !== "system"
      ? t(`chat.kind.${message.kind}`)
      : message.text.slice(0, spokenLengthMax);
  const spoken = t("chat.message.spoken", { name, time: format.clock(message.time), text });
  return message.state === undefined ? spoken : `${spoken} (${t(`chat.state.${message.state}`)})`;
}

export interface MessageRowProps {
  readonly row: Row;
  /** Tab comes here: one row of the list has that. */
  readonly tabbable: boolean;
  readonly tools: boolean;
  /** Somebody just came here from elsewhere. */
  readonly flash: boolean;
}

/** Where a message is in the conversation, for screen readers. How many there are changes too often to be told to every row. */
function placeOf({ seq }: ChatMessage) {
  return seq === undefined ? {} : { "aria-posinset": seq, "aria-setsize": -1 };
}

function SpokenRow({ row, tabbable, tools, flash }: MessageRowProps) {
  const label = useSpokenLabel(row.message);
  return (
    <div
      role="article"
      aria-label={label}
      {...placeOf(row.message)}
      tabIndex={tabbable ? 0 : -1}
      data-row={row.key}
      className={cx(
        "rounded-lg -outline-offset-2 transition-colors duration-700",
        row.first ? "pt-2 pb-0.5" : "py-0.5",
        flash && "bg-accent-soft",
      )}
    >
      <Spoken row={row} tools={tools} />
    </div>
  );
}

/** One message of the list. Drawn again only if something about it changes. */
export const MessageRow = memo(
  function MessageRow(props: MessageRowProps) {
    const { row, tabbable } = props;
    if (row.message.system === undefined) return <SpokenRow {...props} />;
    return (
      <div
        role="article"
        {...placeOf(row.message)}
        tabIndex={tabbable ? 0 : -1}
        data-row={row.key}
        className="rounded-lg -outline-offset-2"
      >
        <SystemLine message={row.message} />
      </div>
    );
  },
  (before, after) =>
    before.row.message === after.row.message &&
    before.row.first === after.row.first &&
    before.row.last === after.row.last &&
    before.tabbable === after.tabbable &&
    before.tools === after.tools &&
    before.flash === after.flash,
);
