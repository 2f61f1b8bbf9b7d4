import { clientError, type GodwitError } from "./errors.ts";

type Listener<Args extends unknown[]> = (...args: Args) => unknown;

/**
 * Typed events. A listener that throws does not disturb the others: its failure is handed to `onFailure`.
 * `Events` maps each name to the tuple of arguments that its listeners get.
 */
export class Emitter<Events extends Record<keyof Events, unknown[]>> {
  readonly #listeners = new Map<keyof Events, Set<Listener<never>>>();
  readonly #onFailure: (error: GodwitError) => void;

  constructor(onFailure: (error: GodwitError) => void) {
    this.#onFailure = onFailure;
  }

  /** Adds a listener; the returned function removes it. */
  on<E extends keyof Events>(event: E, listener: Listener<Events[E]>): () => void {
    let listeners = this.#listeners.get(event);
    if (!listeners) this.#listeners.set(event, (listeners = new Set()));
    // A wrapper of its own, so that the same function added twice is called twice and removed once each.
    const entry: Listener<Events[E]> = (...args) => listener(...args);
    listeners.add(entry);
    return () => void listeners.delete(entry);
  }

  has(event: keyof Events): boolean {
    return (this.#listeners.get(event)?.size ?? 0) > 0;
  }

  /** Calls every listener. Returns a promise only if one of them did; it settles when all have, and never rejects. */
  emit<E extends keyof Events>(event: E, ...args: Events[E]): Promise<unknown> | undefined {
    let pending: Promise<unknown>[] | undefined;
    for (const listener of Array.from(this.#listeners.get(event) ?? [])) {
      try {
        const result = (listener as Listener<Events[E]>)(...args);
        // Any thenable: promises of other libraries, and of other windows, are not instances of this Promise.
        if (typeof (result as PromiseLike<unknown> | undefined)?.then === "function") {
          (pending ??= []).push(
            Promise.resolve(result).catch((thrown: unknown) => this.#failed(event, thrown)),
          );
        }
      } catch (thrown) {
        this.#failed(event, thrown);
      }
    }
    return pending && Promise.all(pending);
  }

  #failed(event: keyof Events, thrown: unknown): void {
    const detail = thrown instanceof Error ? thrown.message : String(thrown);
    this.#onFailure(
      clientError("listener_failed", `A listener of "${String(event)}" threw: ${detail}`, thrown),
    );
  }
}
