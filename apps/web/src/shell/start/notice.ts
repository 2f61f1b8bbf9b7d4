import type { TextKey } from "../../i18n/index.ts";

type NoticeKey = Extract<TextKey, `start.notice.${string}`>;

const keys: Readonly<Record<string, NoticeKey>> = {
  signed_out: "start.notice.elsewhere",
  token_revoked: "start.notice.elsewhere",
  kicked: "start.notice.elsewhere",
  token_invalid: "start.notice.expired",
  token_expired: "start.notice.expired",
  account_disabled: "start.notice.disabled",
  storage_failed: "start.notice.storage",
  storage_of_other_user: "start.notice.storage",
};

/** The sentence for why there is no session any more. */
export function noticeKey(notice: string): NoticeKey {
  return keys[notice] ?? "start.notice.signedOut";
}
