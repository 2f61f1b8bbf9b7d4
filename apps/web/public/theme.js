// Sets the theme before the first paint, so that a dark page does not flash white. The key is that of src/ui/theme.ts.
(() => {
  let choice = null;
  try {
    choice = localStorage.getItem("godwit.theme");
  } catch {
    // Storage is switched off: the system decides.
  }
  const dark =
    choice === "dark" || (choice !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  const theme = dark ? "dark" : "light";
  document.documentElement.dataset.theme = theme;
  document
    .querySelector('meta[name="theme-color"]')
    ?.setAttribute("content", dark ? "#121b1a" : "#ffffff");
})();
