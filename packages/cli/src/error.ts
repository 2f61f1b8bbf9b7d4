/** A failure that the user can understand and act on; shown without a stack. */
export class CliError extends Error {
  override readonly name = "CliError";
  /** What to do next. */
  readonly remedy: string;
  readonly exitCode: number;

  constructor(message: string, remedy: string, exitCode = 1) {
    super(message);
    this.remedy = remedy;
    this.exitCode = exitCode;
  }
}
