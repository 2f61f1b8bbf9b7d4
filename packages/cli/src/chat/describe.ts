import type { Translate } from "../i18n/translate.ts";
import { manyLines, oneLine } from "../terminal/text.ts";
import type { ChatState, Line } from "./state.ts";

/** What a line says, as harmless rows of text: everything in it was written by somebody else. */
export function describe(line: Line, state: ChatState, t: Translate): string[] {
  const { content } = line;
  const text = (field: string) => (typeof content[field] === "string" ? content[field] : "");
  const number = (field: string) => (typeof content[field] === "number" ? content[field] : "?");
  switch (line.kind) {
    case "text":
      return manyLines(text("text"));
    case "system":
      return [describeSystem(line, state, t)];
    case "location":
      return [
        `[${t("chat.kind.location")}] ${oneLine(`${number("latitude")}, ${number("longitude")} ${text("name")}`).trim()}`,
      ];
    case "custom":
      return [`[${t("chat.kind.custom")}] ${oneLine(JSON.stringify(content)).slice(0, 200)}`];
    default:
      return [
        `[${t(`chat.kind.${line.kind}`)}] ${oneLine(text("name") || text("caption") || text("url"))}`.trim(),
      ];
  }
}

function describeSystem(line: Line, state: ChatState, t: Translate): string {
  const { content } = line;
  const name = (user: string) =>
    user === state.user ? t("chat.you") : oneLine(state.nameOf(user));
  const listed = Array.isArray(content["users"])
    ? content["users"].filter((user): user is string => typeof user === "string")
    : [];
  const users = `${listed.slice(0, 5).map(name).join(", ")}${listed.length > 5 ? ` +${listed.length - 5}` : ""}`;
  const field = (key: string) => oneLine(typeof content[key] === "string" ? content[key] : "");
  const values = { who: name(line.sender), users, title: field("title"), role: field("role") };
  switch (content["event"]) {
    case "created":
      return t("chat.system.created", values);
    case "joined":
      return t("chat.system.joined", values);
    case "invited":
      return t("chat.system.invited", values);
    case "left":
      return t("chat.system.left", values);
    case "removed":
      return t("chat.system.removed", values);
    case "banned":
      return t("chat.system.banned", values);
    case "role":
      return t("chat.system.role", values);
    case "renamed":
      return t("chat.system.renamed", values);
    case "muted":
      return t(listed.length === 0 ? "chat.system.muted_all" : "chat.system.muted", values);
    case "unmuted":
      return t(listed.length === 0 ? "chat.system.unmuted_all" : "chat.system.unmuted", values);
    case "expired":
      return t("chat.system.expired", values);
    case "dissolved":
      return t("chat.system.dissolved", values);
    default:
      return t("chat.system.other", { who: values.who, what: field("event") });
  }
}
