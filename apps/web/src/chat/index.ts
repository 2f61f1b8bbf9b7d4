/** The conversation pane, and what other parts show of conversations. */
export { ChatPane, type ChatPaneProps } from "./pane/chat-pane.tsx";
export { useSystemText } from "./message/use-system-text.ts";
