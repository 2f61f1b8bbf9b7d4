/** What to take back in memory when a transaction fails, besides the tail. Called from the newest to the oldest. */
export class Undo {
  private readonly steps: (() => void)[] = [];

  push(step: () => void): void {
    this.steps.push(step);
  }

  /** The transaction is committed. */
  clear(): void {
    this.steps.length = 0;
  }

  /** The transaction is rolled back. */
  run(): void {
    for (let step = this.steps.pop(); step !== undefined; step = this.steps.pop()) step();
  }
}
