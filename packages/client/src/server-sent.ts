/** One event of a stream; a comment has neither id nor data. */
export interface ServerSentEvent {
  readonly id: number | undefined;
  readonly type: string;
  readonly data: string;
}

/** An event is at most a frame. */
const charsMax = 4 * 1_024 * 1_024;

/**
 * Reads server-sent events (HTML Living Standard, section 9.2.6) as they come, as far as the server writes them: ids are integers.
 * @throws if the body cannot be read as a stream here, or is none
 */
export async function* readEvents(response: Response): AsyncGenerator<ServerSentEvent, void, void> {
  const reader = response.body?.getReader();
  if (!reader) throw new Error("This platform cannot read a response as it comes.");
  const decoder = new TextDecoder();
  let text = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      text += decoder.decode(value, { stream: true }).replaceAll("\r", "");
      const blocks = text.split("\n\n");
      text = blocks.pop() ?? "";
      if (text.length > charsMax) throw new Error("An event is too large.");
      for (const block of blocks) yield eventOf(block);
    }
  } finally {
    // Whoever stops reading does not want the rest.
    reader.cancel().catch(() => {});
  }
}

function eventOf(block: string): ServerSentEvent {
  const fields = new Map<string, string>();
  for (const line of block.split("\n")) {
    const [, name = "", value = ""] = /^(\w+): ?(.*)$/.exec(line) ?? [];
    if (name !== "") fields.set(name, value);
  }
  const id = Number(fields.get("id"));
  return {
    id: fields.has("id") && Number.isSafeInteger(id) ? id : undefined,
    type: fields.get("event") ?? "message",
    data: fields.get("data") ?? "",
  };
}
