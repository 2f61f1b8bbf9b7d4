import { useT } from "../../i18n/index.ts";
import { Avatar, Skeleton } from "../../ui/index.ts";
import { errorName } from "../errors.ts";
import { useInvite } from "../links/use-invite.ts";

/** After these nobody can join by the link; after all others it may still be good. */
const invalidLink = new Set(["token_invalid", "token_expired", "conversation_dissolved"]);

/** What the visitor is invited to, if the server tells; its height does not change when it does. */
export function Invited({ token }: { token: string }) {
  const t = useT();
  const { preview, failure } = useInvite(token);
  if (failure !== undefined) {
    const invalid = invalidLink.has(errorName(failure));
    return (
      <p
        role="status"
        className="mb-5 rounded-xl bg-accent-soft px-3.5 py-3 text-sm text-accent-text"
      >
        {t(invalid ? "invite.invalidText" : "start.invited")}
      </p>
    );
  }
  return (
    <div role="status" className="mb-5 flex items-center gap-3.5 rounded-xl bg-accent-soft p-3.5">
      {preview === undefined ? (
        <>
          <span className="sr-only">{t("invite.looking")}</span>
          <Skeleton className="size-13 rounded-[30%]" />
          <span className="flex-1 space-y-2 py-1">
            <Skeleton className="h-4 w-3/5" />
            <Skeleton className="h-3 w-4/5" />
            <Skeleton className="h-3 w-2/5" />
          </span>
        </>
      ) : (
        <>
          <Avatar
            id={preview.conversation}
            name={preview.title}
            kind={preview.conversation.startsWith("c:") ? "channel" : "group"}
            size={52}
          />
          <span className="min-w-0 flex-1 text-sm leading-5">
            <span dir="auto" className="block truncate text-base leading-6 font-semibold">
              {preview.title}
            </span>
            <span className="block truncate">
              {t("invite.from", { name: preview.inviterName ?? preview.inviter })}
            </span>
            <span className="block text-muted">
              {t("invite.members", { count: preview.memberCount })}
            </span>
          </span>
        </>
      )}
    </div>
  );
}
