import { SendHorizontal } from "lucide-react";
import {
  type KeyboardEvent,
  memo,
  type Ref,
  useEffect,
  useId,
  useImperativeHandle,
  useRef,
} from "react";
import { flushSync } from "react-dom";
import { actions, type ChatMessage } from "../../model/index.ts";
import { cx, onDemand, Overlay } from "../../ui/index.ts";
import { usePane } from "../pane/pane-context.ts";
import { EmojiButton } from "./emoji-button.tsx";
import { composerKey, inputMethodKeyCode } from "./keys.ts";
import { bytesLeft } from "./limit.ts";
import { ReplyBar } from "./reply-bar.tsx";
import { growTextarea } from "./grow.ts";
import { useDraft } from "./use-draft.ts";
import { useMentions } from "./use-mentions.ts";

const Mentions = onDemand(() => import("./mentions.tsx"));

/** What others in the pane may ask of the composer. */
export interface ComposerHandle {
  focus(): void;
}

export interface ComposerProps {
  readonly draft: string;
  readonly reply: ChatMessage | undefined;
  readonly onCancelReply: () => void;
  readonly onSent: () => void;
  readonly onLastMessage: () => void;
  readonly ref: Ref<ComposerHandle>;
}

/** Screens without a mouse have a keyboard of their own, without Shift+Enter. */
export const touch = () => matchMedia("(hover: none) and (pointer: coarse)").matches;

/** How much room is left, if little is. */
function Limit({ id, left }: { id: string; left: number | undefined }) {
  const { t } = usePane();
  return (
    <p
      id={id}
      aria-live="polite"
      className={cx(
        "px-14 text-right text-xs tabular-nums empty:hidden",
        left !== undefined && left < 0 ? "text-danger-text" : "text-muted",
      )}
    >
      {left === undefined
        ? null
        : left < 0
          ? t("chat.composer.tooLong", { count: -left })
          : t("chat.composer.left", { count: left })}
    </p>
  );
}

function SendButton({ disabled, onPress }: { disabled: boolean; onPress: () => void }) {
  const { t } = usePane();
  return (
    <button
      type="button"
      aria-label={t("chat.composer.send")}
      data-tip={t("chat.composer.send")}
      disabled={disabled}
      className="inline-flex size-10 shrink-0 items-center justify-center rounded-full bg-accent text-accent-ink transition-colors hover:bg-accent-strong disabled:bg-transparent disabled:text-faint"
      // The focus stays where it is, and with it the keyboard of a phone.
      onPointerDown={(event) => event.preventDefault()}
      onClick={onPress}
    >
      <SendHorizontal size={20} />
    </button>
  );
}

/** Where messages are written. */
export const Composer = memo(function Composer(props: ComposerProps) {
  const { draft, reply, onCancelReply, onSent, onLastMessage, ref } = props;
  const { t, conversation, kind } = usePane();
  const { text, setText } = useDraft(conversation, draft);
  const area = useRef<HTMLTextAreaElement>(null);
  const limitId = useId();
  const left = bytesLeft(text);
  const sendable = text.trim() !== "" && (left === undefined || left >= 0);
  useImperativeHandle(ref, () => ({ focus: () => area.current?.focus() }), []);
  useEffect(() => {
    if (area.current !== null) growTextarea(area.current);
  }, [text]);
  useEffect(() => () => actions.typing(conversation, false), [conversation]);

  const change = (next: string) => {
    setText(next);
    actions.typing(conversation, next.trim() !== "");
  };
  /** Writes something in, and sets the caret before the next key comes: a frame later it could jump back over what was typed meanwhile. */
  const put = (next: string, caret: number) => {
    flushSync(() => change(next));
    area.current?.focus();
    area.current?.setSelectionRange(caret, caret);
  };
  const mentions = useMentions(area, put);
  const { asked, list } = mentions;
  const look = () => {
    if (kind !== "direct") mentions.look();
  };
  const send = () => {
    if (!sendable) return;
    actions.send(conversation, text.trim(), reply?.seq === undefined ? {} : { replyTo: reply.seq });
    setText("");
    mentions.close();
    actions.typing(conversation, false);
    onSent();
  };
  const insert = (emoji: string) => {
    const element = area.current;
    if (element === null) return;
    const { selectionStart, selectionEnd } = element;
    put(
      text.slice(0, selectionStart) + emoji + text.slice(selectionEnd),
      selectionStart + emoji.length,
    );
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    const { key, shiftKey, ctrlKey, metaKey, altKey, nativeEvent } = event;
    // oxlint-disable-next-line typescript/no-deprecated -- nothing else tells of Safari's input methods.
    const { keyCode } = event;
    const { isComposing } = nativeEvent;
    const plain = !(shiftKey || ctrlKey || metaKey || altKey || isComposing);
    if (plain && keyCode !== inputMethodKeyCode && mentions.handle.current?.key(key) === true) {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    const press = { key, shiftKey, ctrlKey, metaKey, altKey, keyCode, isComposing };
    const meaning = composerKey(press, { empty: text === "", touch: touch() });
    if (meaning === "send") {
      event.preventDefault();
      send();
    } else if (meaning === "leave" && reply !== undefined) {
      event.stopPropagation();
      onCancelReply();
    } else if (meaning === "last-message") {
      event.preventDefault();
      onLastMessage();
    }
  };

  return (
    <div className="shrink-0 border-t border-line bg-surface pb-[env(safe-area-inset-bottom)]">
      <div className="relative mx-auto w-full max-w-[52rem]">
        {asked !== undefined && (
          <Overlay onClose={mentions.dismiss}>
            <Mentions
              ref={mentions.handle}
              query={asked.query}
              onChoose={mentions.choose}
              onClose={mentions.dismiss}
              onList={mentions.setList}
            />
          </Overlay>
        )}
        {reply !== undefined && <ReplyBar message={reply} onCancel={onCancelReply} />}
        <Limit id={limitId} left={left} />
        <div className="flex items-end gap-1.5 px-2 py-2.5 sm:px-3">
          <EmojiButton onPick={insert} />
          <textarea
            ref={area}
            rows={1}
            value={text}
            dir="auto"
            autoComplete="off"
            enterKeyHint={touch() ? "enter" : "send"}
            aria-label={t("chat.composer.label")}
            aria-describedby={limitId}
            aria-autocomplete={kind === "direct" ? undefined : "list"}
            aria-haspopup={kind === "direct" ? undefined : "listbox"}
            aria-controls={list?.listId}
            aria-activedescendant={list?.activeId}
            aria-invalid={(left !== undefined && left < 0) || undefined}
            placeholder={t("chat.composer.placeholder")}
            className="scroll-thin field-sizing-content max-h-[min(14rem,40dvh)] min-h-10 flex-1 resize-none rounded-[20px] border border-line bg-sunken px-4 py-2 leading-[1.4rem] placeholder:text-muted outline-none focus:border-accent-text focus:ring-1 focus:ring-accent-text"
            onChange={({ target }) => {
              change(target.value);
              look();
            }}
            onSelect={look}
            onBlur={mentions.close}
            onKeyDown={onKeyDown}
          />
          <SendButton disabled={!sendable} onPress={send} />
        </div>
      </div>
    </div>
  );
});
