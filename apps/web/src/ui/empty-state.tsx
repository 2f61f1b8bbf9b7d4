import type { ReactNode } from "react";

export interface EmptyStateProps {
  icon?: ReactNode;
  title: ReactNode;
  text?: ReactNode;
  /** Buttons. */
  children?: ReactNode;
}

/** What stands where there is nothing yet: says so, and what to do about it. */
export function EmptyState({ icon, title, text, children }: EmptyStateProps) {
  return (
    <div className="flex flex-col items-center justify-center gap-2 px-6 py-10 text-center">
      {icon !== undefined && (
        <span className="mb-2 flex size-14 items-center justify-center rounded-2xl bg-accent-soft text-accent-text">
          {icon}
        </span>
      )}
      <p className="text-base font-semibold">{title}</p>
      {text !== undefined && <p className="max-w-80 text-sm text-muted">{text}</p>}
      {children !== undefined && (
        <div className="mt-4 flex flex-wrap justify-center gap-2">{children}</div>
      )}
    </div>
  );
}
