/** The theme: what the visitor chose, and what that means with the system's setting. */
import { create } from "zustand";

export type ThemeChoice = "system" | "light" | "dark";
type Theme = "light" | "dark";

/** public/theme.js reads the same key before the first paint. */
const storageKey = "godwit.theme";
const barColors: Readonly<Record<Theme, string>> = { light: "#ffffff", dark: "#121b1a" };

interface ThemeState {
  readonly choice: ThemeChoice;
  readonly theme: Theme;
}

const systemDark =
  typeof matchMedia === "function" ? matchMedia("(prefers-color-scheme: dark)") : undefined;

function readChoice(): ThemeChoice {
  if (typeof localStorage === "undefined") return "system";
  const kept = localStorage.getItem(storageKey);
  return kept === "light" || kept === "dark" ? kept : "system";
}

function resolve(choice: ThemeChoice): Theme {
  if (choice !== "system") return choice;
  return systemDark?.matches === true ? "dark" : "light";
}

const useThemeStore = create<ThemeState>()(() => {
  const choice = readChoice();
  return { choice, theme: resolve(choice) };
});

function apply(theme: Theme): void {
  document.documentElement.dataset["theme"] = theme;
  document.querySelector('meta[name="theme-color"]')?.setAttribute("content", barColors[theme]);
}

/** Puts the theme on the page and follows the system and other tabs; call once at the start. Returns how to stop. */
export function startTheme(): () => void {
  const update = () => {
    const choice = readChoice();
    useThemeStore.setState({ choice, theme: resolve(choice) });
  };
  const stop = useThemeStore.subscribe(({ theme }) => apply(theme));
  apply(useThemeStore.getState().theme);
  const onStorage = (event: StorageEvent) => {
    if (event.key === storageKey || event.key === null) update();
  };
  systemDark?.addEventListener("change", update);
  window.addEventListener("storage", onStorage);
  return () => {
    stop();
    systemDark?.removeEventListener("change", update);
    window.removeEventListener("storage", onStorage);
  };
}

/** Keeps the choice for the next visit and applies it. */
export function setTheme(choice: ThemeChoice): void {
  if (choice === "system") localStorage.removeItem(storageKey);
  else localStorage.setItem(storageKey, choice);
  useThemeStore.setState({ choice, theme: resolve(choice) });
}

/** The visitor's choice and the theme that is shown. */
export function useTheme(): ThemeState {
  return useThemeStore();
}
