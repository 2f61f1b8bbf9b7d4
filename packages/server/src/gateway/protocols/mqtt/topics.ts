/** Topic names and filters (MQTT 5.0 section 4.7). */

export interface TopicLimits {
  /** Bytes of UTF-8. */
  readonly topicBytesMax: number;
  readonly topicLevelsMax: number;
}

/** Why a name cannot be published to; undefined if it can. */
export function badTopic(topic: string, limits: TopicLimits): string | undefined {
  if (topic.includes("+") || topic.includes("#")) return "A topic name must not have wildcards.";
  return badSize(topic, limits);
}

function badSize(
  topic: string,
  { topicBytesMax, topicLevelsMax }: TopicLimits,
): string | undefined {
  if (topic === "") return "A topic must not be empty.";
  if (topic.length > topicBytesMax || Buffer.byteLength(topic) > topicBytesMax)
    return `A topic may have ${topicBytesMax} bytes.`;
  let levels = 1;
  for (let at = topic.indexOf("/"); at >= 0; at = topic.indexOf("/", at + 1)) levels++;
  return levels > topicLevelsMax ? `A topic may have ${topicLevelsMax} levels.` : undefined;
}

export interface Filter {
  /** As the client named it, with the share. */
  readonly filter: string;
  /** Without the share. */
  readonly text: string;
  /** The name of `$share/<name>/…`. */
  readonly share: string | undefined;
  /** Only of a filter with wildcards. */
  readonly levels: readonly string[] | undefined;
}

/** The levels of any filter. */
export function levelsOf({ text, levels }: Pick<Filter, "text" | "levels">): readonly string[] {
  return levels ?? text.split("/");
}

/** Reads a topic filter, shared (section 4.8.2) or not; a text says what is wrong with it. */
export function readFilter(filter: string, limits: TopicLimits): Filter | string {
  const shared = filter.startsWith("$share/");
  const slash = shared ? filter.indexOf("/", "$share/".length) : -1;
  const share = shared ? filter.slice("$share/".length, slash < 0 ? undefined : slash) : undefined;
  if (shared && (slash < 0 || share === "" || /[+#]/.test(share ?? "")))
    return "A shared subscription is $share/<name>/<filter>, and its name has no wildcards.";
  const text = shared ? filter.slice(slash + 1) : filter;
  const size = badSize(text, limits);
  if (size !== undefined) return size;
  const levels = text.split("/");
  for (const [index, level] of levels.entries()) {
    if (level.includes("#") && (level !== "#" || index < levels.length - 1))
      return "# must be a level of its own, and the last one.";
    if (level.includes("+") && level !== "+") return "+ must be a level of its own.";
  }
  const isWild = levels.includes("+") || levels.at(-1) === "#";
  return { filter, text, share, levels: isWild ? levels : undefined };
}

/** Whether a filter matches a name, both by their levels. Wildcards at the beginning do not match names that begin with `$`. */
export function matches(filter: readonly string[], topic: readonly string[]): boolean {
  const first = filter[0];
  if ((first === "+" || first === "#") && topic[0]?.startsWith("$") === true) return false;
  for (const [index, level] of filter.entries()) {
    // "sport/#" also matches "sport" itself.
    if (level === "#") return true;
    if (index >= topic.length || (level !== "+" && level !== topic[index])) return false;
  }
  return filter.length === topic.length;
}
