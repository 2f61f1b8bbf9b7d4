/** What the interface may use: hooks that show what is known, and actions that change it. Nothing else of the model is imported by components. */
import type {
  Actions,
  ChatSummary,
  PresenceView,
  ProfileView,
  SessionView,
  TimelineView,
} from "./types.ts";

export type * from "./types.ts";

const notWired = (): never => {
  throw new Error("not wired yet");
};

/** Who is signed in, and how the connection is. */
export const useSession = (): SessionView => notWired();
/** All conversations, pinned ones first, then the newest. */
export const useConversations = (): readonly ChatSummary[] => notWired();
/** One conversation; undefined while it is not known. */
export const useConversation = (_id: string): ChatSummary | undefined => notWired();
/** The window of messages of an open conversation. */
export const useTimeline = (_id: string): TimelineView => notWired();
/** Users who are typing in a conversation now, by id. */
export const useTyping = (_id: string): readonly string[] => notWired();
/** Watches a user while the component is there; undefined until the server has said. */
export const usePresence = (_user: string | undefined): PresenceView | undefined => notWired();
/** A user's name; fetched by itself. */
export const useProfile = (_user: string): ProfileView => notWired();
/** Unread messages of all conversations that are not muted: for the title and the badge. */
export const useUnreadTotal = (): number => notWired();
/** The same for code that is not a component. */
export const actions: Actions = new Proxy({} as Actions, { get: notWired });
/** Opens what the browser keeps and connects if somebody is signed in. Called once, before the first render. */
export const startModel = (): void => notWired();
