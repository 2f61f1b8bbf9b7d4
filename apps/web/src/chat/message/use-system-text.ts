import { useLanguage, useT } from "../../i18n/index.ts";
import { useFormat } from "../../i18n/use-format.ts";
import { type SystemContent, useProfile, useSession } from "../../model/index.ts";
import { systemText } from "./system-text.ts";

/** An entry of the server in words, with the names that are known by now. */
export function useSystemText(system: SystemContent, sender: string): string {
  const t = useT();
  const format = useFormat();
  useLanguage();
  const { user: me } = useSession();
  const users = system.users ?? [];
  // As many as are named: hooks cannot be called in a loop, and the sender stands in for those that are not there.
  const known = [
    useProfile(sender),
    useProfile(users[0] ?? sender),
    useProfile(users[1] ?? sender),
    useProfile(users[2] ?? sender),
  ];
  return systemText(system, sender, {
    t,
    list: format.list,
    dateTime: format.dateTime,
    nameOf: (user) => known.find(({ id }) => id === user)?.name ?? user,
    me,
  });
}
