/** About a conversation: who is in it, and what may be changed. */
import { ArrowLeft, X } from "lucide-react";
import type { ReactNode } from "react";
import { useT } from "../../i18n/index.ts";
import { lastSeenText, useFormat } from "../../i18n/use-format.ts";
import { actions, type ChatSummary, useConversation, usePresence } from "../../model/index.ts";
import { Avatar, EmptyState, IconButton } from "../../ui/index.ts";
import { Switch } from "../../ui/switch.tsx";
import { useFocusOnShow, useNow } from "../hooks.ts";
import { goBack } from "../router.ts";
import { GroupSection } from "./group-section.tsx";

function PresenceLine({ user }: { user: string }) {
  const t = useT();
  const format = useFormat();
  const now = useNow();
  const presence = usePresence(user);
  if (presence === undefined) return null;
  if (presence.status !== "offline") return t(`presence.${presence.status}`);
  return presence.lastSeen === undefined
    ? t("presence.offline")
    : lastSeenText(t, format, presence.lastSeen, now);
}

function About({ chat }: { chat: ChatSummary }) {
  const t = useT();
  return (
    <div className="flex flex-col items-center gap-1 px-5 pt-2 pb-5 text-center">
      <Avatar id={chat.peer ?? chat.id} name={chat.title} kind={chat.kind} size={88} />
      <h3 className="mt-3 max-w-full text-lg font-semibold">{chat.title}</h3>
      <p className="text-sm text-muted">
        {chat.peer !== undefined ? (
          <PresenceLine user={chat.peer} />
        ) : (
          <>
            {t(chat.kind === "channel" ? "group.channel" : "group.group")}
            {" · "}
            {t("group.members", { count: chat.memberCount })}
          </>
        )}
      </p>
      {chat.peer !== undefined && chat.peer !== chat.title && (
        <p className="text-sm text-muted">@{chat.peer}</p>
      )}
    </div>
  );
}

function Block({ children }: { children: ReactNode }) {
  return <div className="border-t border-line px-5 py-2">{children}</div>;
}

function Content({ chat }: { chat: ChatSummary }) {
  const t = useT();
  const note = chat.gone
    ? t("group.goneNote")
    : chat.dissolved
      ? t("group.dissolvedNote")
      : undefined;
  return (
    <>
      <About chat={chat} />
      {note !== undefined && (
        <p className="mx-5 mb-4 rounded-xl bg-sunken px-3.5 py-3 text-sm text-muted">{note}</p>
      )}
      <Block>
        <Switch
          label={t("group.muteNotifications")}
          hint={t("group.muteNotificationsHint")}
          checked={chat.muted}
          onChange={(on) => actions.mute(chat.id, on)}
        />
        <Switch
          label={t("group.pin")}
          checked={chat.pinned}
          onChange={(on) => actions.pin(chat.id, on)}
        />
      </Block>
      {chat.kind !== "direct" && <GroupSection chat={chat} />}
    </>
  );
}

/** `docked`: it stands beside the conversation and is closed; otherwise it covers it, and one goes back. */
export default function DetailsPane(props: { conversation: string; docked: boolean }) {
  const t = useT();
  const chat = useConversation(props.conversation);
  const heading = useFocusOnShow<HTMLHeadingElement>();
  return (
    <section aria-labelledby="details-title" className="flex h-full min-h-0 flex-col bg-surface">
      <header className="flex h-16 shrink-0 items-center gap-2 px-3">
        {!props.docked && (
          <IconButton label={t("action.back")} icon={<ArrowLeft size={20} />} onClick={goBack} />
        )}
        <h2
          id="details-title"
          ref={heading}
          tabIndex={-1}
          className="flex-1 px-2 text-base font-semibold outline-none"
        >
          {t("group.details")}
        </h2>
        {props.docked && (
          <IconButton label={t("action.close")} icon={<X size={20} />} onClick={goBack} />
        )}
      </header>
      <div className="scroll-thin min-h-0 flex-1 overflow-y-auto">
        {chat === undefined ? (
          <EmptyState title={t("error.conversationUnknown")} />
        ) : (
          <Content chat={chat} />
        )}
      </div>
    </section>
  );
}
