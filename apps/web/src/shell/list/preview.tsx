/** The second line of a row: who said what, the draft, or who is typing. */
import { useT } from "../../i18n/index.ts";
import {
  type ChatSummary,
  type LastMessage,
  type SendState,
  type SystemContent,
  useProfile,
  useSession,
  useTyping,
} from "../../model/index.ts";
import { stateIcons } from "../../chat/message/state-icons.ts";
import { useSystemText } from "../../chat/message/use-system-text.ts";

/** The tick of an own message: waiting, sent, delivered, read. */
export function StateTick({ state }: { state: SendState }) {
  const t = useT();
  const Icon = stateIcons[state];
  const tone =
    state === "read" ? "text-accent-text" : state === "failed" ? "text-danger-text" : "text-muted";
  return (
    <>
      <Icon size={15} aria-hidden="true" className={`shrink-0 ${tone}`} />
      <span className="sr-only">{t(`list.state.${state}`)}. </span>
    </>
  );
}

function SystemLine({ system, sender }: { system: SystemContent; sender: string }) {
  return useSystemText(system, sender);
}

/** The words of a message in one line; of other kinds what they are. */
function Words({ last }: { last: LastMessage }) {
  const t = useT();
  if (last.kind === "text" || last.kind === "system") return last.text;
  const kind = t(`list.kind.${last.kind}`);
  return last.text === "" ? kind : `${kind}: ${last.text}`;
}

function Said({ chat, last }: { chat: ChatSummary; last: LastMessage }) {
  const t = useT();
  const { user: me } = useSession();
  const { name } = useProfile(last.sender);
  if (last.system !== undefined) return <SystemLine system={last.system} sender={last.sender} />;
  const who = last.sender === me ? t("list.you") : chat.kind === "direct" ? "" : name;
  return (
    <>
      {last.sender === me && last.state !== undefined && (
        <span className="mr-1 inline-flex align-[-0.2em]">
          <StateTick state={last.state} />
        </span>
      )}
      {who !== "" && !(last.sender === me && chat.kind === "direct") && <span>{who}: </span>}
      <Words last={last} />
    </>
  );
}

/** One line, cut where the row ends. */
export function Preview({ chat }: { chat: ChatSummary }) {
  const t = useT();
  const typing = useTyping(chat.id);
  const [typist = ""] = typing;
  const { name } = useProfile(typist);
  if (chat.gone) return t("list.gone");
  if (chat.dissolved) return t("list.dissolved");
  if (typing.length > 0)
    return (
      <span className="text-accent-text">
        {chat.kind === "direct"
          ? t("chat.typing.direct")
          : typing.length === 1
            ? t("chat.typing.one", { name })
            : t("chat.typing.many", { count: typing.length })}
      </span>
    );
  if (chat.draft !== undefined && chat.draft.trim() !== "")
    return (
      <>
        <span className="text-danger-text">{t("list.draft")} </span>
        {chat.draft}
      </>
    );
  if (chat.last === undefined) return t("list.noMessages");
  return <Said chat={chat} last={chat.last} />;
}
