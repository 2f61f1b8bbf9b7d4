import { Smile } from "lucide-react";
import { Suspense, useRef, useState } from "react";
import { IconButton, onDemand, Popover, Spinner } from "../../ui/index.ts";
import { usePane } from "../pane/pane-context.ts";

const EmojiPicker = onDemand(() => import("../emoji/emoji-picker.tsx"));

/** Opens the emoji. Phones have them on their keyboard. */
export function EmojiButton({ onPick }: { onPick: (emoji: string) => void }) {
  const { t } = usePane();
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  return (
    <>
      <IconButton
        ref={button}
        label={t("chat.composer.emoji")}
        icon={<Smile size={21} />}
        aria-haspopup="dialog"
        aria-expanded={open}
        className="[@media(hover:none)_and_(pointer:coarse)]:hidden"
        onClick={() => setOpen(!open)}
      />
      <Popover
        open={open}
        onClose={() => setOpen(false)}
        anchor={button}
        label={t("chat.emoji.label")}
        side="top"
        align="start"
        className="w-[min(21rem,calc(100vw-1rem))]"
      >
        <Suspense
          fallback={
            <div className="flex h-80 items-center justify-center">
              <Spinner />
            </div>
          }
        >
          <EmojiPicker
            onPick={(emoji) => {
              setOpen(false);
              onPick(emoji);
            }}
          />
        </Suspense>
      </Popover>
    </>
  );
}
