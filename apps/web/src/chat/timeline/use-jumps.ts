import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { useT } from "../../i18n/index.ts";
import type { JumpTarget, TimelineView } from "../../model/index.ts";
import { toast, toastError } from "../../ui/index.ts";
import type { Row } from "./rows.ts";
import type { MessageVirtualizer } from "./use-message-virtualizer.ts";

/** A jump whose messages have not come by then is over: the reader has gone elsewhere. */
const pendingMsMax = 4_000;
const flashMs = 1_600;

interface Landing {
  readonly seq: number | "end";
  readonly at: number;
  readonly flash: boolean;
}

const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

export interface Jumps {
  /** The key of the row to show that it was jumped to. */
  readonly flashing: string | undefined;
  /** Loads what is around the target if need be, and scrolls there. */
  jump(target: JumpTarget): void;
}

/** Jumps: to messages of the window at once, to others when they have been loaded. */
export function useJumps(
  rows: readonly Row[],
  virtualizer: MessageVirtualizer,
  timeline: RefObject<TimelineView>,
): Jumps {
  const t = useT();
  const landing = useRef<Landing>(undefined);
  const [flashing, setFlashing] = useState<string>();
  const latestRows = useRef(rows);

  const land = useCallback(() => {
    const wanted = landing.current;
    if (wanted === undefined) return;
    if (performance.now() - wanted.at > pendingMsMax) {
      landing.current = undefined;
      return;
    }
    if (wanted.seq === "end") {
      if (!timeline.current.atNewest) return;
      landing.current = undefined;
      const far = virtualizer.getDistanceFromEnd() > 2 * window.innerHeight;
      virtualizer.scrollToEnd({ behavior: far || calm() ? "auto" : "smooth" });
      return;
    }
    const index = latestRows.current.findIndex(({ message }) => message.seq === wanted.seq);
    const row = latestRows.current[index];
    if (row === undefined) return;
    landing.current = undefined;
    virtualizer.scrollToIndex(index, { align: wanted.flash ? "center" : "start" });
    if (wanted.flash) setFlashing(row.key);
  }, [timeline, virtualizer]);

  useLayoutEffect(() => {
    latestRows.current = rows;
    land();
  }, [rows, land]);

  useEffect(() => {
    if (flashing === undefined) return undefined;
    const timer = setTimeout(() => setFlashing(undefined), flashMs);
    return () => clearTimeout(timer);
  }, [flashing]);

  const load = useCallback(
    async (target: JumpTarget) => {
      const seq = await timeline.current.jumpTo(target);
      if (seq === undefined && target !== "newest") {
        toast(t("chat.jump.nothing"));
        return;
      }
      landing.current = {
        seq: target === "newest" ? "end" : (seq ?? "end"),
        at: performance.now(),
        flash: typeof target === "object",
      };
      land();
    },
    [land, t, timeline],
  );

  const jump = useCallback(
    (target: JumpTarget) => {
      const near =
        target === "newest"
          ? timeline.current.atNewest
          : typeof target === "object" &&
            "seq" in target &&
            latestRows.current.some(({ message }) => message.seq === target.seq);
      if (near) {
        const seq = typeof target === "object" && "seq" in target ? target.seq : "end";
        landing.current = { seq, at: performance.now(), flash: seq !== "end" };
        land();
        return;
      }
      load(target).catch(() => toastError(t("chat.list.failed")));
    },
    [land, load, t, timeline],
  );

  return { flashing, jump };
}
