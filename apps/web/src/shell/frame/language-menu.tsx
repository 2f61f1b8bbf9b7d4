import { Languages } from "lucide-react";
import { type LanguageChoice, setLanguage, useLanguageChoice, useT } from "../../i18n/index.ts";
import { MenuButton, toastError } from "../../ui/index.ts";

/** Each language under its own name. */
export const languageNames: readonly (readonly [Exclude<LanguageChoice, "system">, string])[] = [
  ["en", "English"],
  ["zh", "简体中文"],
];

/** Changes the language at once; says so where its texts cannot be fetched. */
export function chooseLanguage(choice: LanguageChoice, failed: string): void {
  setLanguage(choice).catch(() => toastError(failed));
}

export function LanguageMenu() {
  const t = useT();
  const choice = useLanguageChoice();
  return (
    <MenuButton
      label={t("settings.language")}
      icon={<Languages size={20} />}
      items={() => [
        ...languageNames.map(([id, label]) => ({
          id,
          label,
          checked: choice === id,
          onSelect: () => chooseLanguage(id, t("error.unreachable")),
        })),
        {
          id: "system",
          label: t("settings.languageSystem"),
          checked: choice === "system",
          divided: true,
          onSelect: () => chooseLanguage("system", t("error.unreachable")),
        },
      ]}
    />
  );
}
