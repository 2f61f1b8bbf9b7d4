import { TriangleAlert } from "lucide-react";
import { useT } from "../../i18n/index.ts";
import { useSession } from "../../model/index.ts";
import { Dialog } from "../../ui/index.ts";
import { isLoopback, linkTo } from "./addresses.ts";
import { LinkCard } from "./link-card.tsx";
import { useLanOrigin } from "./lan-origin.ts";

/** Where the link leads, if only this computer can open it. */
export function LocalNote({ lan }: { lan: string | undefined }) {
  const t = useT();
  if (!isLoopback(location.hostname)) return null;
  if (lan !== undefined)
    return <p className="mt-4 text-center text-sm text-muted">{t("myLink.lan")}</p>;
  return (
    <p className="mt-4 flex items-start gap-2.5 rounded-xl bg-warn-soft px-3.5 py-3 text-sm text-warn-text">
      <TriangleAlert size={18} aria-hidden="true" className="mt-px shrink-0" />
      <span>{t("myLink.localOnly", { host: location.host })}</span>
    </p>
  );
}

/** The visitor's own link: whoever opens it starts a conversation with them. */
export default function MyLink({ onClose }: { onClose: () => void }) {
  const t = useT();
  const { user } = useSession();
  const lan = useLanOrigin();
  if (user === undefined) return null;
  return (
    <Dialog open title={t("myLink.title")} description={t("myLink.text")} onClose={onClose}>
      <LinkCard
        link={linkTo({ page: "user", user }, location, lan)}
        label={t("myLink.link")}
        shareText={t("myLink.shareText")}
      />
      <LocalNote lan={lan} />
    </Dialog>
  );
}
