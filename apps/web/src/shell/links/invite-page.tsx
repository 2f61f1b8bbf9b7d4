import { TicketX } from "lucide-react";
import { useState } from "react";
import { useT } from "../../i18n/index.ts";
import { actions, type InvitePreview, useConversation, useProfile } from "../../model/index.ts";
import { Avatar, Button, EmptyState, Spinner } from "../../ui/index.ts";
import { errorName, errorText } from "../errors.ts";
import { PageFrame } from "../frame/page-frame.tsx";
import { useTask } from "../hooks.ts";
import { chatRoute, hrefOf, navigate } from "../router.ts";
import { useInvite } from "./use-invite.ts";

const linkLook =
  "inline-flex h-10 items-center justify-center rounded-xl px-4 font-medium text-accent-text hover:bg-hover";

/** Failures after which the same link may work later. */
const passing = new Set(["offline", "timeout", "connection_lost", "busy", "rate_limited"]);

function Failed({ failure, onRetry }: { failure: unknown; onRetry: () => void }) {
  const t = useT();
  const later = passing.has(errorName(failure));
  return (
    <EmptyState
      icon={<TicketX size={26} />}
      title={later ? errorText(t, failure) : t("invite.invalid")}
      text={later ? undefined : t("invite.invalidText")}
    >
      {later && (
        <Button variant="primary" onClick={onRetry}>
          {t("action.retry")}
        </Button>
      )}
      <a href={hrefOf({ page: "home" })} className={linkLook}>
        {t("app.toChats")}
      </a>
    </EmptyState>
  );
}

function Offer({ token, preview }: { token: string; preview: InvitePreview }) {
  const t = useT();
  const [busy, run] = useTask();
  const { name } = useProfile(preview.inviter);
  const known = useConversation(preview.conversation);
  const member = known !== undefined && !known.gone;
  const kind = preview.conversation.startsWith("c:") ? "channel" : "group";
  const open = () =>
    run(async () => {
      const id = member ? preview.conversation : await actions.acceptInvite(token);
      navigate(chatRoute(id), { replace: true });
    });
  return (
    <div className="mx-auto flex w-full max-w-sm flex-col items-center gap-1 px-6 py-12 text-center">
      <p className="mb-5 text-sm text-muted">{t("invite.from", { name })}</p>
      <Avatar id={preview.conversation} name={preview.title} kind={kind} size={96} />
      <h2 className="mt-4 text-xl font-semibold">{preview.title}</h2>
      <p className="text-sm text-muted">{t("invite.members", { count: preview.memberCount })}</p>
      {member && <p className="mt-3 text-sm">{t("invite.already")}</p>}
      <div className="mt-6 flex w-full flex-col gap-2">
        <Button variant="primary" size="lg" busy={busy} onClick={open}>
          {t(member ? "list.menu.open" : "invite.join")}
        </Button>
        <a href={hrefOf({ page: "home" })} className={linkLook}>
          {t("invite.notNow")}
        </a>
      </div>
    </div>
  );
}

/** `/i/<token>`: shows whose invitation to what it is, and joins when asked to. */
export default function InvitePage({ token }: { token: string }) {
  const t = useT();
  const [attempt, setAttempt] = useState(0);
  const { preview, failure } = useInvite(token, attempt);
  return (
    <PageFrame title={t("invite.joinTitle")}>
      {preview !== undefined ? (
        <Offer token={token} preview={preview} />
      ) : failure !== undefined ? (
        <Failed failure={failure} onRetry={() => setAttempt(attempt + 1)} />
      ) : (
        <div
          role="status"
          className="flex flex-1 items-center justify-center gap-3 p-10 text-muted"
        >
          <Spinner />
          {t("invite.looking")}
        </div>
      )}
    </PageFrame>
  );
}
