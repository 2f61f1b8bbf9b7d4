/**
 * The tables, and how an older file becomes a newer one.
 *
 * `log` is the truth, and the only table that a send writes: rows are appended in commit order. `spans` and `sent` are indexes over it that the
 * indexer adds in sorted bulk, one segment (some ten thousand rows) at a time; rows after `meta.indexed_to` are not in them yet and are read
 * back into memory at start. Both can be made again from `log`.
 */
export interface Migration {
  readonly version: number;
  readonly description: string;
  readonly sql: string;
}

export const migrations: readonly Migration[] = [
  {
    version: 1,
    description: "Message log, its indexes, conversations, members, accounts",
    sql: `
      CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;

      CREATE TABLE conversations (
        num INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL,
        title TEXT,
        open INTEGER NOT NULL DEFAULT 0,
        muted_all INTEGER NOT NULL DEFAULT 0,
        dissolved INTEGER NOT NULL DEFAULT 0,
        created_at INTEGER NOT NULL,
        member_count INTEGER NOT NULL DEFAULT 0,
        -- As of meta.indexed_to or later; the log is ahead.
        last_seq INTEGER NOT NULL DEFAULT 0,
        visible INTEGER NOT NULL DEFAULT 0
      );

      CREATE TABLE log (
        id INTEGER PRIMARY KEY,
        conversation INTEGER NOT NULL, -- conversations.num
        seq INTEGER NOT NULL,
        visible INTEGER NOT NULL,      -- messages of the conversation up to this one, system ones not counted
        own INTEGER NOT NULL,          -- of these, the sender's own since joining
        sender TEXT NOT NULL,
        device TEXT NOT NULL,
        client_id BLOB NOT NULL,       -- 16 bytes of a UUID (or text, if a client id is not one)
        client_seq INTEGER NOT NULL,
        time INTEGER NOT NULL,
        kind TEXT NOT NULL,
        content TEXT NOT NULL,
        important INTEGER NOT NULL DEFAULT 0,
        mentions TEXT,                 -- JSON array
        reply_to INTEGER,
        expires_at INTEGER
      );

      -- Where the messages first_seq, first_seq + 1, … of a conversation are in the log: ids are base_id + each 16-bit little-endian offset.
      CREATE TABLE spans (
        conversation INTEGER NOT NULL,
        first_seq INTEGER NOT NULL,
        base_id INTEGER NOT NULL,
        offsets BLOB NOT NULL,
        PRIMARY KEY (conversation, first_seq)
      ) WITHOUT ROWID;

      -- Hashes of (sender, client id): for each bucket of a segment, n high words, n low words and n 16-bit offsets from the segment's first id.
      CREATE TABLE sent (
        part INTEGER NOT NULL,
        bucket INTEGER NOT NULL,
        segment INTEGER NOT NULL,
        keys BLOB NOT NULL,
        PRIMARY KEY (part, bucket, segment)
      ) WITHOUT ROWID;

      -- The filter over a finished part of sent, in pieces.
      CREATE TABLE sent_filters (
        part INTEGER NOT NULL,
        piece INTEGER NOT NULL,
        bits BLOB NOT NULL,
        PRIMARY KEY (part, piece)
      ) WITHOUT ROWID;

      CREATE TABLE mentions (
        conversation INTEGER NOT NULL,
        user TEXT NOT NULL,            -- or '*'
        seq INTEGER NOT NULL,
        sender TEXT NOT NULL,
        PRIMARY KEY (conversation, user, seq)
      ) WITHOUT ROWID;

      CREATE TABLE members (
        conversation INTEGER NOT NULL,
        user TEXT NOT NULL,
        role TEXT NOT NULL,
        joined_at INTEGER NOT NULL,
        joined_seq INTEGER NOT NULL,
        muted_until INTEGER NOT NULL DEFAULT 0,
        delivered INTEGER NOT NULL,
        delivered_at INTEGER NOT NULL,
        read INTEGER NOT NULL,
        read_at INTEGER NOT NULL,
        read_visible INTEGER NOT NULL,      -- log.visible at the read cursor
        read_own INTEGER NOT NULL DEFAULT 0, -- own messages up to the read cursor
        own INTEGER NOT NULL DEFAULT 0,      -- own messages, and the newest of them, as of meta.indexed_to or later
        last_own INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (conversation, user)
      ) WITHOUT ROWID;

      CREATE TABLE memberships (
        user TEXT NOT NULL,
        conversation TEXT NOT NULL, -- conversations.id, for the order of pages
        num INTEGER NOT NULL,
        PRIMARY KEY (user, conversation)
      ) WITHOUT ROWID;

      CREATE TABLE accounts (
        user TEXT PRIMARY KEY,
        name TEXT,
        user_folded TEXT NOT NULL,
        name_folded TEXT,
        password_hash TEXT,
        admin INTEGER NOT NULL,
        disabled INTEGER NOT NULL,
        tokens_valid_from INTEGER NOT NULL,
        created_at INTEGER NOT NULL
      ) WITHOUT ROWID;
      CREATE INDEX accounts_by_user_folded ON accounts (user_folded);
      CREATE INDEX accounts_by_name_folded ON accounts (name_folded);

      CREATE TABLE devices (
        user TEXT NOT NULL,
        device TEXT NOT NULL,
        platform TEXT NOT NULL,
        last_seen INTEGER NOT NULL,
        tokens_valid_from INTEGER NOT NULL,
        PRIMARY KEY (user, device)
      ) WITHOUT ROWID;

      CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

      -- For people with a SQL shell.
      CREATE VIEW messages AS
        SELECT c.id AS conversation, l.seq, l.id, l.sender, l.device, lower(hex(l.client_id)) AS client_id, l.client_seq,
               datetime(l.time / 1000, 'unixepoch') AS time, l.kind, l.content, l.mentions, l.reply_to
        FROM log l JOIN conversations c ON c.num = l.conversation;
    `,
  },
  {
    version: 2,
    description: "SCRAM credentials beside the password hash",
    sql: "ALTER TABLE accounts ADD COLUMN scram TEXT",
  },
  {
    version: 3,
    description: "Digests of contents that were changed before they were stored",
    sql: "ALTER TABLE log ADD COLUMN sent_digest TEXT",
  },
];

/** "Gdwt", so that a file of another program is not taken for ours. */
export const applicationId = 0x47647774;

export const schemaVersion = migrations.at(-1)?.version ?? 0;
