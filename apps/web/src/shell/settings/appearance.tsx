import { useLanguageChoice, useT } from "../../i18n/index.ts";
import { setTheme, useTheme } from "../../ui/index.ts";
import { chooseLanguage, languageNames } from "../frame/language-menu.tsx";
import { ChoiceRow } from "./choice-row.tsx";

export function Appearance() {
  const t = useT();
  const { choice } = useTheme();
  const language = useLanguageChoice();
  return (
    <>
      <ChoiceRow
        label={t("settings.theme")}
        name="theme"
        value={choice}
        choices={[
          { value: "system", label: t("settings.themeSystem") },
          { value: "light", label: t("settings.themeLight") },
          { value: "dark", label: t("settings.themeDark") },
        ]}
        onChange={setTheme}
      />
      <ChoiceRow
        label={t("settings.language")}
        name="language"
        value={language}
        choices={[
          { value: "system", label: t("settings.languageSystem") },
          ...languageNames.map(([value, label]) => ({ value, label })),
        ]}
        onChange={(value) => chooseLanguage(value, t("error.unreachable"))}
      />
    </>
  );
}
