import { Monitor, Moon, Sun } from "lucide-react";
import { useT } from "../../i18n/index.ts";
import { MenuButton, setTheme, useTheme } from "../../ui/index.ts";

export function ThemeButton() {
  const t = useT();
  const { choice, theme } = useTheme();
  return (
    <MenuButton
      label={t("settings.theme")}
      icon={theme === "dark" ? <Moon size={20} /> : <Sun size={20} />}
      items={() => [
        {
          id: "light",
          label: t("settings.themeLight"),
          icon: <Sun size={18} />,
          checked: choice === "light",
          onSelect: () => setTheme("light"),
        },
        {
          id: "dark",
          label: t("settings.themeDark"),
          icon: <Moon size={18} />,
          checked: choice === "dark",
          onSelect: () => setTheme("dark"),
        },
        {
          id: "system",
          label: t("settings.themeSystem"),
          icon: <Monitor size={18} />,
          checked: choice === "system",
          divided: true,
          onSelect: () => setTheme("system"),
        },
      ]}
    />
  );
}
