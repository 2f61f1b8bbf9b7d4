import { useT } from "../../i18n/index.ts";
import type { ChatSummary } from "../../model/index.ts";
import { Button, Skeleton } from "../../ui/index.ts";
import { MemberRow } from "./member-row.tsx";
import { useMembers } from "./use-members.ts";

const ranks = { owner: 0, admin: 1, member: 2 } as const;

/** The members, owner and admins first among those that were fetched; the server gives them by user name. */
export function MemberList({ chat }: { chat: ChatSummary }) {
  const t = useT();
  const { members, more, loading, error, loadMore, reload } = useMembers(chat.id, chat.memberCount);
  const sorted = members.toSorted((a, b) => ranks[a.role] - ranks[b.role]);
  return (
    <section aria-labelledby="members-title" className="border-t border-line py-4">
      <h3 id="members-title" className="mb-1 px-5 text-sm font-semibold text-muted">
        {t("group.membersTitle")} · {chat.memberCount}
      </h3>
      <ul aria-busy={loading}>
        {sorted.map((member) => (
          <MemberRow key={member.user} chat={chat} member={member} onChanged={reload} />
        ))}
      </ul>
      {loading && members.length === 0 && (
        <div role="status" aria-label={t("group.loading")} className="px-5">
          {[0, 1, 2].map((index) => (
            <div key={index} className="flex h-14 items-center gap-3">
              <Skeleton className="size-10 rounded-full" />
              <Skeleton className="h-4 w-32" />
            </div>
          ))}
        </div>
      )}
      {error !== undefined && (
        <div role="alert" className="flex flex-wrap items-center gap-2 px-5 py-2 text-sm">
          <span className="text-danger-text">{error}</span>
          <Button size="sm" onClick={reload}>
            {t("action.retry")}
          </Button>
        </div>
      )}
      {more && error === undefined && (
        <div className="px-5 pt-2">
          <Button size="sm" busy={loading} onClick={loadMore}>
            {t("group.more")}
          </Button>
        </div>
      )}
    </section>
  );
}
