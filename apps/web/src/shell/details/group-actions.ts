/** Changes of a group that ask first. */
import type { Translate } from "../../i18n/index.ts";
import { actions, type ChatSummary } from "../../model/index.ts";
import { confirm } from "../../ui/index.ts";
import { inWords } from "../errors.ts";

export function askToLeave(t: Translate, { id, title, role }: ChatSummary): void {
  void confirm({
    title: t("group.leaveTitle", { title }),
    text: role === "owner" ? t("group.leaveOwner") : t("group.leaveText"),
    action: t("group.leave"),
    danger: true,
    run: inWords(t, () => actions.leave(id)),
  });
}

export function askToDissolve(t: Translate, { id, title }: ChatSummary): void {
  void confirm({
    title: t("group.dissolveTitle", { title }),
    text: t("group.dissolveText"),
    action: t("group.dissolve"),
    danger: true,
    run: inWords(t, () => actions.dissolve(id)),
  });
}

export interface MemberTask {
  readonly conversation: string;
  readonly user: string;
  readonly name: string;
}

/** Resolves to whether it was done. */
export function askToRemove(t: Translate, task: MemberTask, ban: boolean): Promise<boolean> {
  const { conversation, user, name } = task;
  return confirm({
    title: t(ban ? "group.banTitle" : "group.removeTitle", { name }),
    text: t(ban ? "group.banText" : "group.removeText"),
    action: t(ban ? "group.ban" : "group.remove"),
    danger: true,
    run: inWords(t, () => actions.removeMember(conversation, user, ban)),
  });
}

export function askToHandOver(t: Translate, task: MemberTask): Promise<boolean> {
  const { conversation, user, name } = task;
  return confirm({
    title: t("group.makeOwnerTitle", { name }),
    text: t("group.makeOwnerText"),
    action: t("group.makeOwner"),
    run: inWords(t, () => actions.setRole(conversation, user, "owner")),
  });
}
