export interface ChatOptions {
  readonly user?: string;
  readonly password?: string;
  readonly token?: string;
  readonly with?: string;
  readonly group?: string;
  readonly url?: string;
  readonly device?: string;
  /** One event a line, even on a terminal. */
  readonly plain?: boolean;
}
