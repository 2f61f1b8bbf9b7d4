/** Users whose presence is watched, over all tabs. At most as many as the server allows; the tab that was heard of longest ago loses its own first. */
export class Watches {
  readonly #tabs = new Map<string, ReadonlySet<string>>();
  readonly #usersMax: number;
  #union: ReadonlySet<string> = new Set();

  constructor(usersMax: number) {
    this.#usersMax = usersMax;
  }

  get users(): ReadonlySet<string> {
    return this.#union;
  }

  /** A tab wants exactly these from now on. Returns what that changes. */
  set(tab: string, users: readonly string[]): { added: string[]; removed: string[] } {
    this.#tabs.delete(tab);
    if (users.length > 0) this.#tabs.set(tab, new Set(users.slice(0, this.#usersMax)));
    let union = this.#join();
    while (union.size > this.#usersMax) {
      const [oldest] = this.#tabs.keys();
      if (oldest === undefined) break;
      this.#tabs.delete(oldest);
      union = this.#join();
    }
    const before = this.#union;
    this.#union = union;
    return {
      added: [...union].filter((user) => !before.has(user)),
      removed: [...before].filter((user) => !union.has(user)),
    };
  }

  #join(): Set<string> {
    return new Set([...this.#tabs.values()].flatMap((users) => [...users]));
  }
}
