import { useEffect, useRef, useState } from "react";
import { type ChatMessage, useProfile } from "../../model/index.ts";
import { usePane } from "../pane/pane-context.ts";
import type { Row } from "./rows.ts";

/** Longer messages are cut: the reader can go to them. */
const spokenLengthMax = 200;

function One({ message }: { message: ChatMessage }) {
  const { name } = useProfile(message.sender);
  return <>{`${name}: ${message.text.slice(0, spokenLengthMax)}`}</>;
}

/** Tells screen readers of what has come, without reading the list: a single message by its words, several by their number. */
export function Announcer({ rows, atNewest }: { rows: readonly Row[]; atNewest: boolean }) {
  const { t } = usePane();
  const [news, setNews] = useState<readonly ChatMessage[]>([]);
  const heard = useRef<number>(undefined);
  useEffect(() => {
    if (!atNewest) return;
    const newest = rows.findLast(({ message }) => message.seq !== undefined)?.message.seq ?? 0;
    const before = heard.current;
    heard.current = newest;
    if (before === undefined || newest <= before) return;
    const fresh = rows.flatMap(({ message }) =>
      !message.mine && message.system === undefined && (message.seq ?? 0) > before ? [message] : [],
    );
    if (fresh.length > 0) setNews(fresh);
  }, [rows, atNewest]);
  const [first] = news;
  return (
    <div role="status" className="sr-only">
      {first !== undefined &&
        (news.length === 1 ? (
          <One message={first} />
        ) : (
          t("chat.list.newMessages", { count: news.length })
        ))}
    </div>
  );
}
