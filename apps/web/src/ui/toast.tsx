/** Short notes at the edge of the page: `toast("Copied")`. */
import { CircleAlert, CircleCheck, X } from "lucide-react";
import { useEffect } from "react";
import { create } from "zustand";
import { useT } from "../i18n/index.ts";
import { cx } from "./class-names.ts";

export interface ToastOptions {
  readonly tone?: "plain" | "danger";
  readonly action?: { readonly label: string; readonly onSelect: () => void };
}

interface Shown extends ToastOptions {
  readonly id: number;
  readonly text: string;
}

/** More push the oldest out. */
const shownMax = 3;
const shortMs = 4_000;
/** Errors and what can be acted on stay longer. */
const longMs = 9_000;

const useToasts = create<{ readonly next: number; readonly toasts: readonly Shown[] }>()(() => ({
  next: 1,
  toasts: [],
}));

/** Shows a note for some seconds. The same text is not shown twice at once. */
export function toast(text: string, options: ToastOptions = {}): void {
  useToasts.setState(({ next, toasts }) => ({
    next: next + 1,
    toasts: [
      ...toasts.filter((shown) => shown.text !== text),
      { ...options, id: next, text },
    ].slice(-shownMax),
  }));
}

/** Shows what went wrong. */
export function toastError(text: string): void {
  toast(text, { tone: "danger" });
}

function dismiss(id: number): void {
  useToasts.setState(({ toasts }) => ({ toasts: toasts.filter((shown) => shown.id !== id) }));
}

function ToastCard({ shown }: { shown: Shown }) {
  const t = useT();
  const stays = shown.tone === "danger" || shown.action !== undefined ? longMs : shortMs;
  useEffect(() => {
    const timer = setTimeout(() => dismiss(shown.id), stays);
    return () => clearTimeout(timer);
  }, [shown.id, stays]);
  return (
    <div className="pointer-events-auto flex w-full max-w-sm items-center gap-3 rounded-xl bg-inverse py-2.5 pr-2 pl-4 text-sm text-inverse-ink shadow-lift">
      {shown.tone === "danger" ? (
        <CircleAlert size={18} aria-hidden="true" className="shrink-0" />
      ) : (
        <CircleCheck size={18} aria-hidden="true" className="shrink-0" />
      )}
      <span className="min-w-0 flex-1">{shown.text}</span>
      {shown.action !== undefined && (
        <button
          type="button"
          className="rounded-lg px-2 py-1 font-semibold underline-offset-4 outline-current hover:underline"
          onClick={() => {
            shown.action?.onSelect();
            dismiss(shown.id);
          }}
        >
          {shown.action.label}
        </button>
      )}
      <button
        type="button"
        aria-label={t("action.dismiss")}
        className="flex size-8 shrink-0 items-center justify-center rounded-full outline-current"
        onClick={() => dismiss(shown.id)}
      >
        <X size={16} />
      </button>
    </div>
  );
}

/** Where notes appear; one for the page. The regions stand there before the first note, or screen readers miss it. */
export function ToastHost() {
  const toasts = useToasts((state) => state.toasts);
  const plain = toasts.filter(({ tone }) => tone !== "danger");
  const wrong = toasts.filter(({ tone }) => tone === "danger");
  const look = "flex w-full flex-col items-center gap-2 empty:hidden";
  return (
    <div
      className={cx(
        "pointer-events-none fixed inset-x-0 bottom-0 z-60 flex flex-col items-center gap-2 p-4",
        "pb-[max(1.5rem,env(safe-area-inset-bottom))]",
      )}
    >
      <div role="alert" className={look}>
        {wrong.map((shown) => (
          <ToastCard key={shown.id} shown={shown} />
        ))}
      </div>
      <div role="status" className={look}>
        {plain.map((shown) => (
          <ToastCard key={shown.id} shown={shown} />
        ))}
      </div>
    </div>
  );
}
