import { Component, type ReactNode } from "react";
import { TriangleAlert } from "lucide-react";
import { useT } from "../../i18n/index.ts";
import { Button, EmptyState } from "../../ui/index.ts";

function Crashed() {
  const t = useT();
  return (
    <div role="alert" className="flex h-full items-center justify-center">
      <EmptyState
        icon={<TriangleAlert size={26} />}
        title={t("app.crashed")}
        text={t("app.crashedText")}
      >
        <Button variant="primary" onClick={() => location.reload()}>
          {t("app.reload")}
        </Button>
      </EmptyState>
    </div>
  );
}

/** Keeps a failure of one part from taking the whole page away. React itself reports the error. */
export class ErrorBoundary extends Component<
  { readonly children: ReactNode },
  { readonly failed: boolean }
> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    return this.state.failed ? <Crashed /> : this.props.children;
  }
}
