/** Who lives in the demo and where they meet. User ids end in `-bot`, so that nobody takes them for people. */
export interface Persona {
  readonly user: string;
  readonly name: string;
  /** The language in which this one speaks unasked. */
  readonly language: "en" | "zh";
  /** How fast they read and type: 1 is usual, 2 takes twice as long. */
  readonly slowness: number;
  /** Leaves altogether now and then, so that a message to them is seen waiting. */
  readonly wanders?: true;
}

/** The first one is the host: it owns the groups and welcomes visitors. */
export const cast = [
  { user: "mira-bot", name: "Mira", language: "en", slowness: 0.8 },
  { user: "wen-bot", name: "小雯", language: "zh", slowness: 1 },
  { user: "tomas-bot", name: "Tomás", language: "en", slowness: 1.1 },
  { user: "lin-bot", name: "林远", language: "zh", slowness: 1.2 },
  { user: "otis-bot", name: "Otis", language: "en", slowness: 1.6, wanders: true },
] as const satisfies readonly Persona[];

export type CastUser = (typeof cast)[number]["user"];
export const host = cast[0];
export const isCast = (user: string): boolean => cast.some((persona) => persona.user === user);

export const places = {
  lounge: { kind: "group", title: "The Lagoon · 泻湖" },
  notes: { kind: "group", title: "Field notes · 观鸟笔记" },
  news: { kind: "channel", title: "What's new · 新鲜事" },
} as const;
export type Place = keyof typeof places;
