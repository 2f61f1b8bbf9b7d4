import { CheckCheck, RotateCw } from "lucide-react";
import { useCallback, useEffect, useId, useRef, useState } from "react";
import {
  actions,
  type ChatMessage,
  type MemberCursor,
  useProfile,
  useReceiptMoves,
  useSession,
} from "../../model/index.ts";
import { Avatar, Button, cx, Dialog, Spinner } from "../../ui/index.ts";
import { usePane } from "../pane/pane-context.ts";
import { useSampled } from "../timeline/use-sampled.ts";

type Cursor = "read" | "delivered";

interface Page {
  readonly total: number;
  readonly members: readonly MemberCursor[];
  readonly next: string | undefined;
}

interface Receipts {
  readonly page: Page | undefined;
  readonly loading: boolean;
  readonly failed: boolean;
  /** Asks for all that is wanted anew. */
  retry(): void;
  /** Wants more than is shown. */
  more(): void;
}

const nothing: Page = { total: 0, members: [], next: undefined };
/** However many receipts come, they are asked for again this often at most. */
const askEveryMs = 500;

/** Who has come as far as a message, a page at a time; asked for again when somebody has come further, and when there is a connection again. */
function useReceipts(conversation: string, seq: number, cursor: Cursor): Receipts {
  const [page, setPage] = useState<Page>();
  const [loading, setLoading] = useState(true);
  const [failed, setFailed] = useState(false);
  const moves = useSampled(useReceiptMoves(conversation), askEveryMs);
  const { link } = useSession();
  /** Counts questions: an answer to an earlier one, of the other list perhaps, is not put into this one. */
  const asked = useRef(0);
  /** So many members are to be shown, if there are so many. */
  const wanted = useRef(1);
  const shown = useRef<Page>(undefined);
  const fail = useCallback(() => {
    asked.current++;
    setLoading(false);
    setFailed(true);
  }, []);
  const ask = useCallback(
    async (from: Page) => {
      const turn = ++asked.current;
      const stopped = (): boolean => turn !== asked.current;
      setLoading(true);
      setFailed(false);
      try {
        let got = from;
        do {
          const { total, members, next } = await actions.receipts(
            conversation,
            seq,
            cursor,
            got.next,
          );
          if (stopped()) return;
          got = { total, members: [...got.members, ...members], next };
        } while (got.next !== undefined && got.members.length < wanted.current);
        shown.current = got;
        setPage(got);
        setLoading(false);
      } catch {
        // Whatever the reason: the dialog says that it did not work, and offers to try again.
        if (!stopped()) fail();
      }
    },
    [conversation, seq, cursor, fail],
  );
  useEffect(() => {
    wanted.current = 1;
    shown.current = undefined;
    setPage(undefined);
    setLoading(true);
    setFailed(false);
  }, [ask]);
  useEffect(() => {
    if (link === "online") void ask(nothing);
    // What is shown stays.
    else if (link === "offline" && shown.current === undefined) fail();
  }, [ask, fail, moves, link]);
  return {
    page,
    loading,
    failed,
    retry: () => void ask(nothing),
    more() {
      if (page === undefined) return;
      wanted.current = page.members.length + 1;
      void ask(page);
    },
  };
}

function Member({ cursor }: { cursor: MemberCursor }) {
  const { format } = usePane();
  const { name } = useProfile(cursor.user);
  return (
    <li className="flex items-center gap-3 px-1 py-1.5">
      <Avatar id={cursor.user} name={name} size={36} />
      <span dir="auto" className="min-w-0 flex-1 truncate">
        {name}
      </span>
      <time className="shrink-0 text-xs text-muted" dateTime={new Date(cursor.time).toISOString()}>
        {format.dateTime(cursor.time)}
      </time>
    </li>
  );
}

function List({ receipts, cursor }: { receipts: Receipts; cursor: Cursor }) {
  const { t } = usePane();
  const { page, loading, failed, retry, more } = receipts;
  return (
    <>
      <ul aria-label={t("chat.receipts.list")}>
        {page?.members.map((member) => (
          <Member key={member.user} cursor={member} />
        ))}
      </ul>
      {page?.members.length === 0 && (
        <p className="py-8 text-center text-sm text-muted">
          {t(cursor === "read" ? "chat.receipts.nobodyRead" : "chat.receipts.nobodyDelivered")}
        </p>
      )}
      {failed && (
        <div
          role="alert"
          className="flex items-center justify-center gap-2 py-6 text-sm text-muted"
        >
          {t("chat.receipts.failed")}
          <Button size="sm" icon={<RotateCw size={14} />} onClick={retry}>
            {t("chat.receipts.retry")}
          </Button>
        </div>
      )}
      {loading && page === undefined && (
        <div className="flex justify-center py-8">
          <Spinner />
        </div>
      )}
      {page?.next !== undefined && !failed && (
        <div className="flex justify-center pt-2">
          <Button size="sm" busy={loading} onClick={more}>
            {t("chat.receipts.more")}
          </Button>
        </div>
      )}
    </>
  );
}

/** Who has read an own message, and whom it has reached. */
export default function ReceiptsDialog({
  message,
  onClose,
}: {
  message: ChatMessage;
  onClose: () => void;
}) {
  const { t, conversation } = usePane();
  const [cursor, setCursor] = useState<Cursor>("read");
  const receipts = useReceipts(conversation, message.seq ?? 0, cursor);
  const id = useId();
  return (
    <Dialog
      open
      onClose={onClose}
      title={t("chat.receipts.title")}
      description={<span className="line-clamp-2">{message.text}</span>}
    >
      <div role="tablist" className="mb-3 flex gap-1 rounded-xl bg-sunken p-1">
        {(["read", "delivered"] as const).map((each) => (
          <button
            key={each}
            id={`${id}-${each}`}
            type="button"
            role="tab"
            aria-selected={each === cursor}
            aria-controls={`${id}-panel`}
            tabIndex={each === cursor ? 0 : -1}
            className={cx(
              "flex h-9 flex-1 items-center justify-center gap-2 rounded-lg text-sm font-medium",
              each === cursor ? "bg-raised text-ink shadow-sm" : "text-muted hover:text-ink",
            )}
            onClick={() => setCursor(each)}
            onKeyDown={({ key }) => {
              if (key !== "ArrowLeft" && key !== "ArrowRight") return;
              const other = each === "read" ? "delivered" : "read";
              setCursor(other);
              document.getElementById(`${id}-${other}`)?.focus();
            }}
          >
            <CheckCheck
              size={16}
              aria-hidden="true"
              className={cx(each === "read" && "text-accent-text")}
            />
            {t(`chat.receipts.${each}`)}
            {each === cursor && receipts.page !== undefined && (
              <span className="text-muted tabular-nums">{receipts.page.total}</span>
            )}
          </button>
        ))}
      </div>
      <div
        id={`${id}-panel`}
        role="tabpanel"
        aria-labelledby={`${id}-${cursor}`}
        className="min-h-40"
      >
        <List receipts={receipts} cursor={cursor} />
      </div>
    </Dialog>
  );
}
