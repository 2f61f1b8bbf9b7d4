import { Component, type ReactNode } from "react";
import { CloudOff, TriangleAlert } from "lucide-react";
import { useT } from "../../i18n/index.ts";
import { Button, EmptyState, NotLoaded, tryAgain } from "../../ui/index.ts";

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

/** The code of this part could not be fetched. The rest of the page works, and this part once it is tried again. */
function Missing({ onRetry }: { onRetry: () => void }) {
  const t = useT();
  return (
    <div role="alert" className="flex h-full items-center justify-center">
      <EmptyState
        icon={<CloudOff size={26} />}
        title={t("app.notLoaded")}
        text={t("app.notLoadedText")}
      >
        <Button variant="primary" onClick={onRetry}>
          {t("action.retry")}
        </Button>
      </EmptyState>
    </div>
  );
}

/** Keeps a failure of one part from taking the whole page away. React itself reports the error. */
export class ErrorBoundary extends Component<
  { readonly children: ReactNode },
  { readonly failure: unknown }
> {
  override state: { readonly failure: unknown } = { failure: undefined };

  static getDerivedStateFromError(failure: unknown) {
    return { failure };
  }

  override render() {
    const { failure } = this.state;
    if (failure === undefined) return this.props.children;
    if (!(failure instanceof NotLoaded)) return <Crashed />;
    return (
      <Missing
        onRetry={() => {
          tryAgain();
          this.setState({ failure: undefined });
        }}
      />
    );
  }
}
