import type { Model } from "./model.ts";
import type { IncomingMessage } from "./types.ts";

/** A message that is older than this is not news: it was fetched after an absence. So long, because the server's clock and this one may differ. */
const newsMs = 11 * 60_000;

export function onIncoming(model: Model, listener: (message: IncomingMessage) => void): () => void {
  return model.onMessages((messages) => {
    if (!model.leads) return;
    const now = Date.now();
    for (const { conversation, seq, sender, own, kind, text, time } of messages) {
      const chat = model.chats.summary(conversation);
      const record = model.chats.record(conversation);
      if (own || kind === "system" || !chat || chat.muted || chat.gone) continue;
      if (seq <= (record?.read ?? 0) || Math.abs(now - time) > newsMs) continue;
      listener({ conversation, seq, title: chat.title, sender, text, time });
    }
  });
}
