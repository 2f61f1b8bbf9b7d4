import { ArrowLeft } from "lucide-react";
import { type ReactNode, useEffect } from "react";
import { useT } from "../../i18n/index.ts";
import { IconButton } from "../../ui/index.ts";
import { useFocusOnShow } from "../hooks.ts";
import { goBack } from "../router.ts";
import { setPageName } from "./page-title.ts";

/** A page in the place of the conversation: its heading gets the focus, so that screen readers say where one is. */
export function PageFrame({ title, children }: { title: string; children: ReactNode }) {
  const t = useT();
  const heading = useFocusOnShow<HTMLHeadingElement>();
  useEffect(() => setPageName(title), [title]);
  return (
    <div className="flex h-full min-h-0 flex-col bg-surface">
      <header className="flex h-16 shrink-0 items-center gap-2 border-b border-line px-3">
        <IconButton label={t("action.back")} icon={<ArrowLeft size={20} />} onClick={goBack} />
        <h1
          ref={heading}
          tabIndex={-1}
          className="min-w-0 flex-1 truncate px-1 text-base font-semibold outline-none"
        >
          {title}
        </h1>
      </header>
      <div className="scroll-thin flex min-h-0 flex-1 flex-col overflow-y-auto">{children}</div>
    </div>
  );
}
