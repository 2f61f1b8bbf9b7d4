import { useProfile, useTyping } from "../../model/index.ts";
import { usePane } from "../pane/pane-context.ts";

function Words({ first, second, count }: { first: string; second: string; count: number }) {
  const { t, kind } = usePane();
  const one = useProfile(first);
  const two = useProfile(second);
  if (kind === "direct") return t("chat.typing.direct");
  if (count === 1) return t("chat.typing.one", { name: one.name });
  if (count === 2) return t("chat.typing.two", { first: one.name, second: two.name });
  return t("chat.typing.many", { count });
}

/** Who is typing, in words; nothing if nobody is. */
export function TypingWords({ users }: { users: readonly string[] }) {
  const [first, second] = users;
  if (first === undefined) return null;
  return <Words first={first} second={second ?? first} count={users.length} />;
}

function Dots() {
  return (
    <span aria-hidden="true" className="inline-flex items-center gap-1">
      {[0, 1, 2].map((index) => (
        <span
          key={index}
          className="size-1.5 animate-bounce rounded-full bg-accent"
          style={{ animationDelay: `${String(index * 0.15)}s`, animationDuration: "0.9s" }}
        />
      ))}
    </span>
  );
}

/** Below the last message, in room that is always there. */
export function TypingLine() {
  const { conversation } = usePane();
  const typing = useTyping(conversation);
  if (typing.length === 0) return null;
  return (
    <div className="absolute inset-x-0 bottom-1.5 flex h-6 items-center gap-2 px-5 text-xs text-muted">
      <Dots />
      <span className="truncate">
        <TypingWords users={typing} />
      </span>
    </div>
  );
}
