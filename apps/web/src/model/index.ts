/** What the interface may use: hooks that show what is known, and actions that change it. Nothing else of the model is imported by components. */
import { useEffect, useMemo, useState } from "react";
import { useStore } from "zustand";
import { createActions } from "./actions.ts";
import { modelErrors, ModelError } from "./errors.ts";
import { onIncoming as listenIncoming } from "./incoming.ts";
import { AccountBook, browserValues } from "./link/account.ts";
import { Model } from "./model.ts";
import type { Runtime } from "./runtime.ts";
import { pageFrames } from "./store/frame.ts";
import type {
  Actions,
  ChatSummary,
  IncomingMessage,
  PresenceView,
  ProfileView,
  SessionView,
  TimelineView,
} from "./types.ts";

export { everyoneWords, splitMentions } from "./mentions.ts";
export type * from "./types.ts";

const book = new AccountBook(browserValues());
const model = new Model(
  {
    frames: pageFrames,
    after(ms, callback) {
      const timer = setTimeout(callback, ms);
      return () => clearTimeout(timer);
    },
    now: () => Date.now(),
  },
  book.account ? "loading" : "signed_out",
);

let loading: Promise<Runtime> | undefined;
/** The part with the SDK and the cache is loaded when it is first needed: a visitor who is not signed in sees the page without. */
function runtime(): Promise<Runtime> {
  loading ??= import("./runtime.ts").then(
    ({ Runtime }) => new Runtime({ model, book, url: location.origin, version: "godwit-web" }),
    (thrown: unknown) => {
      // Without a network now: tried again with the next wish.
      loading = undefined;
      throw new ModelError(modelErrors.notFetched, thrown);
    },
  );
  return loading;
}

/** Who is signed in, and how the connection is. */
export const useSession = (): SessionView => useStore(model.session);

/** Whether nobody is signed in now, for code that is not a component. */
export const isSignedOut = (): boolean => model.session.getState().phase === "signed_out";

/** Grows as members' receipts of a conversation come, while the component is there: whoever shows them asks again. */
export function useReceiptMoves(id: string): number {
  const [moves, setMoves] = useState(0);
  useEffect(
    () => model.onReceipts((moved) => moved.has(id) && setMoves((count) => count + 1)),
    [id],
  );
  return moves;
}

/** All conversations, pinned ones first, then the newest. */
export const useConversations = (): readonly ChatSummary[] =>
  useStore(model.chats.view, ({ list }) => list);

/** One conversation; undefined while it is not known. A direct one that nothing was said in is known by its id. */
export function useConversation(id: string): ChatSummary | undefined {
  const known = useStore(model.chats.view, ({ byId }) => byId.get(id));
  // The name of the other one may come later.
  const names = useStore(model.people.view);
  return useMemo(() => known ?? (names && model.chats.summary(id)), [known, names, id]);
}

/** The window of messages of an open conversation. */
export function useTimeline(id: string): TimelineView {
  const phase = useStore(model.session, ({ phase }) => phase);
  useEffect(() => (phase === "ready" ? model.timelines.look(id) : undefined), [id, phase]);
  return useStore(model.timelines.get(id).view);
}

const nobody: readonly string[] = [];
/** Users who are typing in a conversation now, by id. */
export const useTyping = (id: string): readonly string[] =>
  useStore(model.typing.view, (typing) => typing.get(id) ?? nobody);

/** Watches a user while the component is there; undefined until the server has said. */
export function usePresence(user: string | undefined): PresenceView | undefined {
  useEffect(() => (user === undefined ? undefined : model.presence.look(user)), [user]);
  return useStore(model.presence.view, (known) =>
    user === undefined ? undefined : known.get(user),
  );
}

/** A user's name; fetched by itself. */
export function useProfile(user: string): ProfileView {
  useEffect(() => model.people.want(user), [user]);
  const known = useStore(model.people.view, (people) => people.get(user));
  return useMemo(() => known ?? { id: user, name: user }, [known, user]);
}

/** Unread messages of all conversations that are not muted: for the title and the badge. */
export const useUnreadTotal = (): number =>
  useStore(model.chats.view, ({ unreadTotal }) => unreadTotal);

/** A user's name as it is known now, for text that is not a component's. */
export const nameOf = (user: string): string => model.people.name(user);

/**
 * Calls back with messages of others as they come, for notifications; in one tab of the browser only, and not for conversations that are muted. The
 * returned function ends it.
 */
export const onIncoming = (listener: (message: IncomingMessage) => void): (() => void) =>
  listenIncoming(model, listener);

/** Everything that can be asked for. Needs no component. */
export const actions: Actions = createActions(model, runtime);

/** Says, once the frame that shows it is on the screen, that what was kept has been drawn: the connection comes after it. */
export function drawn(): void {
  requestAnimationFrame(() => setTimeout(() => model.drawn(), 0));
}

/** Opens what the browser keeps and connects if somebody is signed in. Called once, before the first render. */
export function startModel(): void {
  const follow = (): void => {
    runtime().then(
      (started) => started.follow(),
      () => setTimeout(follow, 3_000),
    );
  };
  if (book.account) follow();
  // Another tab may sign in while this one shows the start page.
  else book.watch(() => book.account && loading === undefined && follow());
}
