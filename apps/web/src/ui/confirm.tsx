/** Questions by command: `if (await confirm({ … })) …`. */
import { create } from "zustand";
import { onDemand } from "./on-demand.ts";
import { Overlay } from "./overlay-boundary.tsx";
import type { Asked, Question } from "./question.ts";

const useAsked = create<{ readonly asked: Asked | undefined }>()(() => ({ asked: undefined }));

/** Asks, and resolves to whether the visitor agreed. A second question declines the first. */
export function confirm(question: Question): Promise<boolean> {
  useAsked.getState().asked?.answer(false);
  return new Promise((resolve) => {
    const asked: Asked = {
      ...question,
      answer(agreed) {
        // What this one still did may end when another one is open.
        if (useAsked.getState().asked === asked) useAsked.setState({ asked: undefined });
        resolve(agreed);
      },
    };
    useAsked.setState({ asked });
  });
}

const ConfirmDialog = onDemand(() => import("./confirm-dialog.tsx"));

/** Where questions appear; one for the page. */
export function ConfirmHost() {
  const asked = useAsked((state) => state.asked);
  if (asked === undefined) return null;
  return (
    <Overlay onClose={() => asked.answer(false)}>
      <ConfirmDialog asked={asked} />
    </Overlay>
  );
}
