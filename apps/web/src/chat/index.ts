/** The conversation pane. */
export { ChatPane } from "./pane/chat-pane.tsx";
