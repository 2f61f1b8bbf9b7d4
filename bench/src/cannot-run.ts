/** A run that was asked for is not possible here, or not so; the message says what to do. */
export class CannotRun extends Error {
  override readonly name = "CannotRun";
}
