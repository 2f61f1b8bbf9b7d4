import { EllipsisVertical } from "lucide-react";
import { useT } from "../../i18n/index.ts";
import { useFormat } from "../../i18n/use-format.ts";
import {
  type ChatSummary,
  type Member,
  usePresence,
  useProfile,
  useSession,
} from "../../model/index.ts";
import { Avatar, IconButton, showContextMenu, showMenu } from "../../ui/index.ts";
import { useNow, useTask } from "../hooks.ts";
import { memberMenu } from "./member-menu.tsx";

export interface MemberRowProps {
  chat: ChatSummary;
  member: Member;
  onChanged: () => void;
}

function Notes({ member, name }: { member: Member; name: string }) {
  const t = useT();
  const format = useFormat();
  const now = useNow();
  const muted = member.mutedUntil !== undefined && member.mutedUntil > now;
  const parts = [
    name === member.user ? undefined : `@${member.user}`,
    muted ? t("group.mutedMember", { time: format.dateTime(member.mutedUntil ?? 0) }) : undefined,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? null : (
    <span className="block text-sm text-muted">{parts.join(" · ")}</span>
  );
}

export function MemberRow({ chat, member, onChanged }: MemberRowProps) {
  const t = useT();
  const { user: me } = useSession();
  const { name } = useProfile(member.user);
  const presence = usePresence(member.user);
  const [busy, run] = useTask();
  const mine = member.user === me;
  const change = (task: () => Promise<unknown>) => {
    run(async () => {
      await task();
      onChanged();
    });
  };
  const items = () => memberMenu(t, { chat, member, name, change });
  const label = t("group.memberMenu", { name });
  return (
    <li
      className="flex min-h-14 items-center gap-3 pr-2 pl-5"
      aria-busy={busy}
      onContextMenu={(event) => {
        if (!mine) showContextMenu(event, items(), label);
      }}
    >
      <Avatar id={member.user} name={name} size={40} status={presence?.status} />
      <span className="min-w-0 flex-1">
        <span className="block truncate">
          {name}
          {mine && <span className="text-muted"> ({t("group.you")})</span>}
          {presence !== undefined && presence.status !== "offline" && (
            <span className="sr-only">, {t(`presence.${presence.status}`)}</span>
          )}
        </span>
        <Notes member={member} name={name} />
      </span>
      {member.role !== "member" && (
        <span className="shrink-0 rounded-full bg-accent-soft px-2 py-0.5 text-xs font-medium text-accent-text">
          {t(`group.role.${member.role}`)}
        </span>
      )}
      {mine ? (
        <span className="w-8" />
      ) : (
        <IconButton
          size="sm"
          label={label}
          tip={false}
          aria-haspopup="menu"
          icon={<EllipsisVertical size={18} />}
          onClick={(event) => showMenu(event.currentTarget, items(), { label, align: "end" })}
        />
      )}
    </li>
  );
}
