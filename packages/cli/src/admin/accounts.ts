/** One account as an administrator sees it. */
export interface Listed {
  readonly user: string;
  readonly name?: string | undefined;
  readonly admin: boolean;
  readonly disabled: boolean;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

export interface NewUser {
  readonly user: string;
  readonly password: string;
  readonly name?: string | undefined;
  readonly admin?: boolean | undefined;
}

export interface SignedToken {
  readonly user: string;
  readonly token: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** What `user` and `token` need, over HTTP or on the data folder. Failures are `CliError`. */
export interface AccountsAdmin {
  add(user: NewUser): Promise<void>;
  /** `cut`: so many begin with the prefix that not all were looked at. */
  list(
    prefix: string | undefined,
    after: string | undefined,
  ): Promise<{
    readonly users: readonly Listed[];
    readonly partial: boolean;
    readonly cut?: boolean;
  }>;
  update(
    user: string,
    patch: { readonly disabled?: boolean; readonly password?: string },
  ): Promise<void>;
  issueToken(
    user: string,
    options: { readonly lifetimeMs?: number | undefined; readonly device?: string | undefined },
  ): Promise<SignedToken>;
  close(): Promise<void>;
}
