import { QrCode, UserRoundX } from "lucide-react";
import { useEffect, useState } from "react";
import { useT } from "../../i18n/index.ts";
import { actions, useSession } from "../../model/index.ts";
import { Button, EmptyState, Spinner } from "../../ui/index.ts";
import { errorName, errorText } from "../errors.ts";
import { showPanel } from "../frame/panels.ts";
import { chatRoute, hrefOf, navigate } from "../router.ts";
import { PageFrame } from "../frame/page-frame.tsx";

/** `/u/<user>`: opens the conversation with somebody, as their link promises. */
export default function UserPage({ user }: { user: string }) {
  const t = useT();
  const { user: me } = useSession();
  const [failure, setFailure] = useState<unknown>();
  const [attempt, setAttempt] = useState(0);
  const own = user === me;
  useEffect(() => {
    if (own) return;
    let current = true;
    setFailure(undefined);
    actions.openDirect(user).then(
      (id) => {
        if (current) navigate(chatRoute(id), { replace: true });
      },
      (error: unknown) => {
        if (current) setFailure(error);
      },
    );
    return () => {
      current = false;
    };
  }, [user, own, attempt]);
  if (own)
    return (
      <PageFrame title={t("myLink.title")}>
        <EmptyState icon={<QrCode size={26} />} title={t("myLink.title")} text={t("people.self")}>
          <Button variant="primary" onClick={() => showPanel({ kind: "myLink" })}>
            {t("list.myLink")}
          </Button>
        </EmptyState>
      </PageFrame>
    );
  if (failure !== undefined)
    return (
      <PageFrame title={user}>
        <EmptyState
          icon={<UserRoundX size={26} />}
          title={
            errorName(failure) === "user_unknown"
              ? t("people.unknownUser", { user })
              : errorText(t, failure)
          }
        >
          {errorName(failure) !== "user_unknown" && (
            <Button variant="primary" onClick={() => setAttempt(attempt + 1)}>
              {t("action.retry")}
            </Button>
          )}
          <a
            href={hrefOf({ page: "home" })}
            className="inline-flex h-10 items-center rounded-xl px-4 font-medium text-accent-text hover:bg-hover"
          >
            {t("app.toChats")}
          </a>
        </EmptyState>
      </PageFrame>
    );
  return (
    <PageFrame title={user}>
      <div role="status" className="flex flex-1 items-center justify-center gap-3 p-10 text-muted">
        <Spinner />
        {t("people.opening")}
      </div>
    </PageFrame>
  );
}
