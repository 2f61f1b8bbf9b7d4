import { Link, LogOut, Pencil, Trash2, UserRoundPlus } from "lucide-react";
import type { ReactNode } from "react";
import { useT } from "../../i18n/index.ts";
import { actions, type ChatSummary } from "../../model/index.ts";
import { Button, cx } from "../../ui/index.ts";
import { Switch } from "../../ui/switch.tsx";
import { showPanel } from "../frame/panels.ts";
import { useTask } from "../hooks.ts";
import { askToDissolve, askToLeave } from "./group-actions.ts";
import { MemberList } from "./member-list.tsx";
import { groupRights } from "./rights.ts";

function Action(props: { icon: ReactNode; label: string; danger?: boolean; onClick: () => void }) {
  return (
    <button
      type="button"
      onClick={props.onClick}
      className={cx(
        "flex min-h-11 w-full items-center gap-3.5 rounded-xl px-3 text-left -outline-offset-2 transition-colors",
        props.danger === true
          ? "text-danger-text hover:bg-danger-soft"
          : "hover:bg-hover [&>svg]:text-muted",
      )}
    >
      {props.icon}
      {props.label}
    </button>
  );
}

/** What is particular to groups and channels: invitations, members, rules, the end. */
export function GroupSection({ chat }: { chat: ChatSummary }) {
  const t = useT();
  const [busy, run] = useTask();
  const rights = groupRights(chat.role, chat.kind, chat);
  const { id } = chat;
  return (
    <>
      {rights.add && (
        <div className="flex gap-2 border-t border-line px-5 py-4">
          <Button
            className="flex-1"
            icon={<UserRoundPlus size={18} />}
            onClick={() => showPanel({ kind: "addPeople", conversation: id })}
          >
            {t("group.addPeople")}
          </Button>
          <Button
            className="flex-1"
            icon={<Link size={18} />}
            onClick={() => showPanel({ kind: "invite", conversation: id })}
          >
            {t("group.inviteLink")}
          </Button>
        </div>
      )}
      {!chat.gone && <MemberList chat={chat} />}
      {(rights.rename || rights.muteAll || rights.leave || rights.dissolve) && (
        <div className="border-t border-line px-2 py-2 pb-6">
          {rights.muteAll && (
            <div className="px-3">
              <Switch
                label={t("group.muteAll")}
                checked={chat.mutedAll}
                disabled={busy}
                onChange={(on) => run(() => actions.muteAll(id, on))}
              />
            </div>
          )}
          {rights.rename && (
            <Action
              icon={<Pencil size={18} />}
              label={t("group.rename")}
              onClick={() => showPanel({ kind: "rename", conversation: id })}
            />
          )}
          {rights.leave && (
            <Action
              danger
              icon={<LogOut size={18} />}
              label={t("group.leave")}
              onClick={() => askToLeave(t, chat)}
            />
          )}
          {rights.dissolve && (
            <Action
              danger
              icon={<Trash2 size={18} />}
              label={t("group.dissolve")}
              onClick={() => askToDissolve(t, chat)}
            />
          )}
        </div>
      )}
    </>
  );
}
