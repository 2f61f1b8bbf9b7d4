/** Tells messages of nothing but emoji, which are shown large, from text. */

/** More are shown as text: they are a pattern or a wall, not a feeling. */
const emojiMax = 6;
/** The longest sequences in use, families of four with skin tones, have about 20 UTF-16 code units; flags of regions have 14. */
const lengthMax = emojiMax * 40;

/**
 * One emoji as in UTS #51, ED-9 to ED-17: a flag of two regional indicators, a keycap, or a base with a modifier, tags, and more of them
 * behind zero width joiners. A character that is text by default counts with a variation selector 16 only: "©" is text, "©️" is not.
 */
const base = String.raw`(?:\p{Emoji_Modifier_Base}\p{Emoji_Modifier}|\p{Emoji_Presentation}\uFE0F?|\p{Emoji}\uFE0F)`;
const joined = String.raw`(?:\u200D(?:\p{Emoji_Modifier_Base}\p{Emoji_Modifier}|\p{Emoji}\uFE0F?))*`;
const tags = String.raw`(?:[\u{E0020}-\u{E007E}]+\u{E007F})?`;
const emoji = String.raw`(?:\p{Regional_Indicator}{2}|[0-9#*]\uFE0F?\u20E3|(?![0-9#*\p{Regional_Indicator}])${base}${tags}${joined})`;
const only = new RegExp(String.raw`^\s*(?:${emoji}\s*){1,${String(emojiMax)}}$`, "u");
const each = new RegExp(emoji, "gu");

/** How many emoji a text consists of; 0 if there is anything else in it, or more than six. */
export function emojiOnlyCount(text: string): number {
  if (text.length > lengthMax || !only.test(text)) return 0;
  return text.match(each)?.length ?? 0;
}
