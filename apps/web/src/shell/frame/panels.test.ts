import { expect, test } from "bun:test";
import { closePanel, type Panel, panelOpen, showPanel } from "./panels.ts";

test("what a dialog still did when it was left does not close the one that was opened after it", () => {
  const name: Panel = { kind: "ownName" };
  const chat: Panel = { kind: "newChat" };
  showPanel(name);
  closePanel(name);
  expect(panelOpen()).toBe(false);
  showPanel(chat);
  closePanel(name);
  expect(panelOpen()).toBe(true);
  closePanel(chat);
  expect(panelOpen()).toBe(false);
});
