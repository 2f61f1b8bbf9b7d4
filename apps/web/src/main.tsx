/** The entry point: starts the model, then draws. */
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { startModel } from "./model/index.ts";
import "./styles.css";
import { keepUpToDate } from "./update.ts";

const root = document.getElementById("root");
if (root === null) throw new Error("The page has no element to draw into.");
startModel();
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
keepUpToDate();
