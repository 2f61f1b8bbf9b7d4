/** The entry point: starts the model, then draws. */
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App, preloadStart } from "./app.tsx";
import { startI18n } from "./i18n/index.ts";
import { isSignedOut, startModel } from "./model/index.ts";
import { startRouter } from "./shell/router.ts";
import { startTheme } from "./ui/index.ts";
import "./styles.css";
import { keepUpToDate } from "./update.ts";

const root = document.getElementById("root");
if (root === null) throw new Error("The page has no element to draw into.");
startTheme();
startRouter();
startModel();
// Resolves when the texts are there, so that no page changes its language before the eyes.
void startI18n().then(() =>
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  ),
);
if (isSignedOut()) preloadStart();
keepUpToDate();
