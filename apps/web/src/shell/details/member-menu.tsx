/** What can be done with another member of a group. */
import {
  Ban,
  Crown,
  MessageSquare,
  MicOff,
  ShieldCheck,
  ShieldOff,
  UserRoundMinus,
  Volume2,
} from "lucide-react";
import type { Translate } from "../../i18n/index.ts";
import { actions, type ChatSummary, type Member } from "../../model/index.ts";
import type { MenuEntry } from "../../ui/index.ts";
import { hrefOf } from "../router.ts";
import { askToHandOver, askToRemove } from "./group-actions.ts";
import { memberRights } from "./rights.ts";

const hourMs = 3_600_000;
const size = 18;

export interface MemberMenuDeps {
  readonly chat: ChatSummary;
  readonly member: Member;
  readonly name: string;
  /** Runs a change, shows its failure, and then the members anew. */
  readonly change: (task: () => Promise<unknown>) => void;
}

function muting(t: Translate, { chat, member, change }: MemberMenuDeps): MenuEntry[] {
  const now = Date.now();
  const set = (untilMs: number) => () =>
    change(() => actions.muteMember(chat.id, member.user, untilMs));
  if (member.mutedUntil !== undefined && member.mutedUntil > now)
    return [
      { id: "unmute", label: t("group.unmute"), icon: <Volume2 size={size} />, onSelect: set(0) },
    ];
  const choices = [
    [1, t("invite.hour", { count: 1 })],
    [24, t("invite.day", { count: 1 })],
    [168, t("invite.day", { count: 7 })],
  ] as const;
  return choices.map(([hours, time], index) => ({
    id: `mute${hours}`,
    label: t("group.muteFor", { time }),
    icon: <MicOff size={size} />,
    divided: index === 0,
    onSelect: set(now + hours * hourMs),
  }));
}

function removing(t: Translate, deps: MemberMenuDeps): MenuEntry[] {
  const { chat, member, name, change } = deps;
  const task = { conversation: chat.id, user: member.user, name };
  return [
    {
      id: "remove",
      label: t("group.remove"),
      icon: <UserRoundMinus size={size} />,
      tone: "danger",
      divided: true,
      onSelect: () => change(() => askToRemove(t, task, false)),
    },
    {
      id: "ban",
      label: t("group.ban"),
      icon: <Ban size={size} />,
      tone: "danger",
      onSelect: () => change(() => askToRemove(t, task, true)),
    },
  ];
}

export function memberMenu(t: Translate, deps: MemberMenuDeps): MenuEntry[] {
  const { chat, member, name, change } = deps;
  const closed = chat.gone || chat.dissolved;
  const rights = memberRights(closed ? undefined : chat.role, member.role);
  const setRole = (role: "admin" | "member") => () =>
    change(() => actions.setRole(chat.id, member.user, role));
  const entries: (MenuEntry | false)[] = [
    {
      id: "message",
      label: t("group.message"),
      icon: <MessageSquare size={size} />,
      onSelect: () => location.assign(hrefOf({ page: "user", user: member.user })),
    },
    rights.promote && {
      id: "promote",
      label: t("group.makeAdmin"),
      icon: <ShieldCheck size={size} />,
      divided: true,
      onSelect: setRole("admin"),
    },
    rights.demote && {
      id: "demote",
      label: t("group.makeMember"),
      icon: <ShieldOff size={size} />,
      divided: true,
      onSelect: setRole("member"),
    },
    rights.handOver && {
      id: "owner",
      label: t("group.makeOwner"),
      icon: <Crown size={size} />,
      onSelect: () =>
        change(() => askToHandOver(t, { conversation: chat.id, user: member.user, name })),
    },
  ];
  return [
    ...entries.filter((entry) => entry !== false),
    ...(rights.mute ? muting(t, deps) : []),
    ...(rights.remove ? removing(t, deps) : []),
  ];
}
