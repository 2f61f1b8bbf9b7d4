import { useProfile, type ReplyPreview } from "../../model/index.ts";
import { cx } from "../../ui/index.ts";
import { usePane } from "../pane/pane-context.ts";

/** The name to show of a user: "You" for the reader. */
export function useShownName(user: string): string {
  const { t, me } = usePane();
  const { name } = useProfile(user);
  return user === me ? t("chat.you") : name;
}

function KnownName({ user }: { user: string }) {
  return <>{useShownName(user)}</>;
}

/** The quoted message, in two lines whatever is known of it, so that nothing moves when the rest comes. A press goes to the message. */
export function ReplyQuote({ quote, mine }: { quote: ReplyPreview; mine: boolean }) {
  const { t, goTo } = usePane();
  return (
    <button
      type="button"
      className={cx(
        "mb-1 block w-full min-w-32 rounded-md border-l-[3px] border-accent py-1 pr-2 pl-2 text-left text-sm leading-5",
        mine ? "bg-surface/45 hover:bg-surface/70" : "bg-sunken hover:bg-hover",
      )}
      onClick={() => goTo(quote.seq)}
    >
      <span className="block truncate font-semibold text-accent-text">
        {quote.sender === undefined ? "…" : <KnownName user={quote.sender} />}
      </span>
      <span dir="auto" className="block truncate text-muted">
        {quote.text === undefined
          ? t("chat.message.quoteLoading")
          : quote.text === ""
            ? t("chat.message.quoteGone")
            : quote.text}
      </span>
    </button>
  );
}
