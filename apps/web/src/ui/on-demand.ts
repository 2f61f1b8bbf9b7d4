/**
 * Code that is fetched when it is first needed. What fails is asked for again twice, quietly; then it counts as missing until somebody tries again, and
 * whoever draws it says so (`ErrorBoundary`, `Overlay`).
 */
import {
  type ComponentType,
  createElement,
  lazy,
  type LazyExoticComponent,
  type ReactNode,
} from "react";
import { loadTexts } from "../i18n/index.ts";

/** The code could not be fetched: without a network, most likely. */
export class NotLoaded extends Error {
  override readonly name = "not_loaded";
}

const pausesMs = [250, 1_000] as const;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Loads with patience. @throws NotLoaded after the last try */
export async function patiently<M>(load: () => Promise<M>, wait = pause): Promise<M> {
  for (const ms of pausesMs) {
    try {
      return await load();
    } catch {
      // Asked for again below; a server that only starts anew is back by then.
      await wait(ms);
    }
  }
  try {
    return await load();
  } catch (thrown) {
    throw new NotLoaded("A part of the page could not be fetched.", { cause: thrown });
  }
}

let round = 0;

/** What is missing is fetched again when it is drawn the next time. */
export function tryAgain(): void {
  round++;
}

/** A component whose code is fetched when it is first drawn, or before. */
export interface OnDemand<P extends object> {
  (props: P): ReactNode;
  /** Fetches the code ahead. Once it is here the component is drawn at once, without suspending. @throws NotLoaded */
  preload(): Promise<void>;
}

/**
 * Makes a component of code that is fetched when it is first drawn; until it is here, it suspends. The texts of such parts are fetched with it, unless
 * `first` says that it is one of the first things that a visitor sees.
 */
export function onDemand<P extends object>(
  load: () => Promise<{ default: ComponentType<P> }>,
  { first = false }: { readonly first?: boolean } = {},
): OnDemand<P> {
  let here: ComponentType<P> | undefined;
  let failedIn: number | undefined;
  const fetchPart = async () => {
    const [part] = await patiently(() => Promise.all([load(), first ? undefined : loadTexts()]));
    here = part.default;
    return part;
  };
  const make = (): LazyExoticComponent<ComponentType<P>> =>
    lazy(() =>
      fetchPart().catch((thrown: unknown) => {
        failedIn = round;
        throw thrown;
      }),
    );
  let part = make();
  const draw = (props: P): ReactNode => {
    // React remembers a failure for good, so a new try is a new component.
    if (failedIn !== undefined && failedIn !== round) {
      failedIn = undefined;
      part = make();
    }
    return createElement(here ?? (part as ComponentType<P>), props);
  };
  return Object.assign(draw, {
    async preload() {
      if (!here) await fetchPart();
    },
  });
}

/** Fetches the code of parts while nothing else is to do. What cannot be had now is asked for again when it is needed. */
export function preload(...parts: readonly { preload(): Promise<void> }[]): void {
  Promise.all(parts.map((part) => part.preload())).catch(() => {});
}
