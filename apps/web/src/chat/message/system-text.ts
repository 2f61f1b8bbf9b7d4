/** Entries of the server in words: who joined, left, was renamed. */
import type { Translate } from "../../i18n/index.ts";
import type { SystemContent } from "../../model/index.ts";

/** Names of people beyond these are counted. */
export const namedMax = 3;

export interface SystemWords {
  readonly t: Translate;
  /** Joins names as the language does. */
  readonly list: (items: readonly string[]) => string;
  /** Writes a moment in milliseconds since the epoch. */
  readonly dateTime: (timeMs: number) => string;
  /** Names by user id, of the actor and the first users. */
  readonly nameOf: (user: string) => string;
  readonly me: string | undefined;
}

const roleKeys = {
  owner: "chat.system.roleOwner",
  admin: "chat.system.roleAdmin",
  member: "chat.system.roleMember",
} as const;

function listUsers(users: readonly string[], words: SystemWords): string {
  const { t, list, nameOf, me } = words;
  const names = users
    .slice(0, namedMax)
    .map((user) => (user === me ? t("chat.youObject") : nameOf(user)));
  const more = users.length - names.length;
  return list(more > 0 ? [...names, t("chat.others", { count: more })] : names);
}

/** A name in Latin letters is set apart from the Chinese around it by a space; a Chinese word is not. */
const spaceInChinese = /(?<=\p{Script=Han}) (?=\p{Script=Han})/gu;

/** One sentence. `sender` is who did it. */
export function systemText(system: SystemContent, sender: string, words: SystemWords): string {
  return sentence(system, sender, words).replace(spaceInChinese, "");
}

function sentence(system: SystemContent, sender: string, words: SystemWords): string {
  const { t, nameOf, me } = words;
  const actor = sender === me ? t("chat.you") : nameOf(sender);
  const users = listUsers(system.users ?? [], words);
  const everybody = (system.users?.length ?? 0) === 0;
  switch (system.event) {
    case "invited":
    case "removed":
    case "banned":
      return t(`chat.system.${system.event}`, { actor, users });
    case "role":
      return t(roleKeys[system.role ?? "member"], { actor, users });
    case "renamed":
      return t("chat.system.renamed", { actor, title: system.title ?? "" });
    case "muted":
      if (everybody) return t("chat.system.mutedAll", { actor });
      return system.until === undefined
        ? t("chat.system.muted", { actor, users })
        : t("chat.system.mutedUntil", { actor, users, until: words.dateTime(system.until) });
    case "unmuted":
      return everybody
        ? t("chat.system.unmutedAll", { actor })
        : t("chat.system.unmuted", { actor, users });
    case "created":
    case "joined":
    case "left":
    case "dissolved":
      return t(`chat.system.${system.event}`, { actor });
    case "expired":
      return t("chat.system.expired");
  }
}
