import { Component, type ReactNode, Suspense } from "react";
import { t } from "../i18n/index.ts";
import { NotLoaded, tryAgain } from "./on-demand.ts";
import { toastError } from "./toast.tsx";

interface OverlayProps {
  /** Takes the overlay away. */
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** Around what opens over the page and is loaded when it first opens. If that fails the page stays as it is, a note says so, and opening it again tries again. */
export class Overlay extends Component<OverlayProps, { readonly failure: Error | undefined }> {
  override state: { readonly failure: Error | undefined } = { failure: undefined };

  static getDerivedStateFromError(failure: Error) {
    return { failure };
  }

  override componentDidCatch(failure: Error) {
    if (!(failure instanceof NotLoaded)) return;
    tryAgain();
    toastError(t("app.notLoadedText"));
    this.props.onClose();
  }

  override render() {
    const { failure } = this.state;
    if (failure === undefined) return <Suspense>{this.props.children}</Suspense>;
    // A crash is for the boundary of the page.
    if (!(failure instanceof NotLoaded)) throw failure;
    return null;
  }
}
