/** How `user` and `token` reach the accounts: a running server, or else the data folder. */
export interface AdminOptions {
  readonly url?: string;
  readonly admin?: string;
  readonly token?: string;
  readonly data?: string;
  readonly config?: string;
}

export interface AddOptions extends AdminOptions {
  readonly password?: string;
  readonly name?: string;
  readonly administrator?: boolean;
}

export interface ListOptions extends AdminOptions {
  readonly json?: boolean;
}

export interface TokenOptions extends AdminOptions {
  readonly lifetime?: string;
  readonly device?: string;
  readonly json?: boolean;
}
