/** One tip for the page: whatever element has `data-tip` shows it on hover and on keyboard focus. It repeats the accessible name, so it is hidden from screen readers. */
import { useEffect, useLayoutEffect, useRef, useState } from "react";

interface Tip {
  readonly text: string;
  readonly rect: DOMRect;
}

const delayMs = 450;
const gapPx = 8;

function tipElement(target: EventTarget | null): HTMLElement | undefined {
  if (!(target instanceof Element)) return undefined;
  return target.closest<HTMLElement>("[data-tip]") ?? undefined;
}

/** Calls back with the element to show a tip for, or undefined; returns how to stop. */
function followTips(show: (element: HTMLElement | undefined) => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let current: HTMLElement | undefined;
  const set = (element: HTMLElement | undefined, waitMs: number) => {
    if (element === current) return;
    current = element;
    clearTimeout(timer);
    if (element === undefined) show(undefined);
    else timer = setTimeout(() => show(element), waitMs);
  };
  const over = (event: PointerEvent) => {
    if (event.pointerType === "mouse") set(tipElement(event.target), delayMs);
  };
  const focus = (event: FocusEvent) => {
    const element = tipElement(event.target);
    if (element?.matches(":focus-visible") === true) set(element, 0);
  };
  const hide = () => set(undefined, 0);
  const stop = new AbortController();
  const { signal } = stop;
  document.addEventListener("pointerover", over, { signal });
  document.addEventListener("focusin", focus, { signal });
  for (const type of ["focusout", "pointerdown", "keydown", "scroll", "wheel"] as const)
    document.addEventListener(type, hide, { signal, capture: true, passive: true });
  return () => {
    stop.abort();
    clearTimeout(timer);
  };
}

export default function TooltipHost() {
  const [tip, setTip] = useState<Tip>();
  const box = useRef<HTMLDivElement>(null);
  useEffect(
    () =>
      followTips((element) => {
        const text = element?.dataset["tip"];
        setTip(
          element === undefined || text === undefined || !element.isConnected
            ? undefined
            : { text, rect: element.getBoundingClientRect() },
        );
      }),
    [],
  );
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null || tip === undefined) return;
    const { width, height } = element.getBoundingClientRect();
    const below = tip.rect.bottom + gapPx;
    const top = below + height > window.innerHeight ? tip.rect.top - gapPx - height : below;
    const left = tip.rect.left + tip.rect.width / 2 - width / 2;
    element.style.top = `${top}px`;
    element.style.left = `${Math.max(gapPx, Math.min(left, window.innerWidth - width - gapPx))}px`;
  }, [tip]);
  if (tip === undefined) return null;
  return (
    <div
      ref={box}
      aria-hidden="true"
      className="tip pointer-events-none fixed z-60 max-w-64 rounded-lg px-2.5 py-1.5 text-xs font-medium shadow-lift"
    >
      {tip.text}
    </div>
  );
}
