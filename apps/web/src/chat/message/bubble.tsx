import { useMemo } from "react";
import type { ChatMessage } from "../../model/index.ts";
import { cx } from "../../ui/index.ts";
import { usePane } from "../pane/pane-context.ts";
import { emojiOnlyCount } from "../text/emoji-only.ts";
import { Attachment } from "./attachment.tsx";
import { MessageText } from "./message-text.tsx";
import { ReplyQuote, useShownName } from "./reply-quote.tsx";
import { Ticks } from "./ticks.tsx";

const emojiSizes = ["", "text-[3.25rem]", "text-[2.75rem]", "text-[2.25rem]"] as const;
const manyEmojiSize = "text-[1.75rem]";

export interface BubbleProps {
  readonly message: ChatMessage;
  /** The first and last of a run by one sender: the corners between them are tighter. */
  readonly first: boolean;
  readonly last: boolean;
  /** In groups the first of a run says who speaks. */
  readonly named: boolean;
}

function SenderName({ user }: { user: string }) {
  return (
    <span
      dir="auto"
      className="block truncate text-[0.8125rem] leading-5 font-semibold text-accent-text"
    >
      {useShownName(user)}
    </span>
  );
}

/** The time, and how far an own message has come. */
type MetaPlace = "text" | "card" | "below";

const metaPlaces: Readonly<Record<MetaPlace, string>> = {
  text: "float-right mt-1.5 -mr-1 -mb-0.5 ml-3",
  // Beside the second line of a card, which leaves room there.
  card: "float-right -mt-2 -mr-1 -mb-0.5 ml-3",
  below: "",
};

function Meta({ message, place }: { message: ChatMessage; place: MetaPlace }) {
  const { format } = usePane();
  const { mine, time, state } = message;
  return (
    <span
      className={cx(
        "inline-flex items-center gap-1 text-[0.6875rem] leading-4 whitespace-nowrap tabular-nums select-none",
        mine ? "text-mine-muted" : "text-muted",
        metaPlaces[place],
      )}
    >
      <time dateTime={new Date(time).toISOString()} data-tip={format.dateTime(time)}>
        {format.clock(time)}
      </time>
      {state !== undefined && <Ticks state={state} />}
    </span>
  );
}

/** One message: a bubble, or a few large emoji without one. */
export function Bubble({ message, first, last, named }: BubbleProps) {
  const { mine, kind, text, replyTo, key } = message;
  const emoji = useMemo(
    () => (kind === "text" && replyTo === undefined ? emojiOnlyCount(text) : 0),
    [kind, text, replyTo],
  );
  if (emoji > 0) {
    return (
      <div className={cx("flex flex-col gap-0.5", mine ? "items-end" : "items-start")}>
        {named && <SenderName user={message.sender} />}
        <span className={cx("leading-[1.15] select-text", emojiSizes[emoji] ?? manyEmojiSize)}>
          {text}
        </span>
        <Meta message={message} place="below" />
      </div>
    );
  }
  return (
    <div
      data-bubble=""
      className={cx(
        "flow-root max-w-full rounded-bubble px-3 py-1.5",
        mine ? "bg-mine" : "bg-theirs shadow-[0_0_0_1px_var(--line)]",
        mine && !first && "rounded-tr-[5px]",
        mine && !last && "rounded-br-[5px]",
        !mine && !first && "rounded-tl-[5px]",
        !mine && !last && "rounded-bl-[5px]",
      )}
    >
      {named && <SenderName user={message.sender} />}
      {replyTo !== undefined && <ReplyQuote quote={replyTo} mine={mine} />}
      {kind === "text" ? (
        <MessageText id={key} text={text} mentions={message.mentions} />
      ) : (
        <Attachment message={message} />
      )}
      <Meta message={message} place={kind === "text" ? "text" : "card"} />
    </div>
  );
}
