import type { Chat, Client, ReceivedMessage } from "@godwit/client";
import { answerTo, isQuestion } from "./answers.ts";
import type { Bot } from "./bot.ts";
import { isCast } from "./cast.ts";
import type { Dice } from "./dice.ts";
import { languageOf, type Language } from "./language.ts";
import { welcome } from "./lines.ts";
import type { Pace } from "./pace.ts";
import type { Troupe } from "./troupe.ts";

/** Messages to which an answer is under way; more are read and left at that. */
const answersMax = 40;
/** Messages being read; more are not read until somebody reads a later one. */
const readingsMax = 500;
/** Users whose language is remembered; the one that was learnt first is forgotten. */
const languagesMax = 1_000;
/** Answers of all bots together within a minute. */
const answersPerMinuteMax = 120;
/** What is older was said before a bot came back: it is read, and not answered. */
const freshMs = 120_000;

export interface MannersDeps {
  readonly troupe: Troupe;
  readonly dice: Dice;
  readonly pace: Pace;
  /** A visitor said something. */
  readonly stirred: (user: string) => void;
  readonly failed: (error: unknown) => void;
}

/** How the bots behave when they are spoken to: they read after a while, type, and answer in the language of what they read. */
export class Manners {
  readonly #deps: MannersDeps;
  readonly #languages = new Map<string, Language>();
  /** Who heard a visitor's message in a group, until it is decided who answers. */
  readonly #heard = new Map<string, Bot[]>();
  #answering = 0;
  #reading = 0;
  #minute = { endsMs: 0, answers: 0 };

  constructor(deps: MannersDeps) {
    this.#deps = deps;
    for (const bot of deps.troupe.bots.values()) bot.listen((client) => this.#attend(bot, client));
  }

  /** The language that this visitor last wrote in. */
  languageOf(user: string): Language | undefined {
    return this.#languages.get(user);
  }

  /** Types for as long as the text takes, and says it; the bot may have gone meanwhile. */
  async say(bot: Bot, conversation: string, text: string, mentions: string[] = []): Promise<void> {
    const { pace, dice } = this.#deps;
    if (!bot.isHere) return;
    bot.chat(conversation).typing();
    const typingMs = Math.min(4_000, 600 + text.length * 25) * bot.persona.slowness;
    await pace.pause(typingMs * dice.between(0.8, 1.2));
    if (pace.stopped || !bot.isHere) return;
    await bot.chat(conversation).send(mentions.length > 0 ? { text, mentions } : text);
  }

  #attend(bot: Bot, client: Client): void {
    // Nothing is awaited by the listeners: whoever reads slowly must not count as one that has not received.
    client.on("message", (message, chat) => {
      if (!message.own && message.kind !== "system") this.#hear(bot, message, chat);
    });
    client.on("conversation", ({ change, conversation }) => {
      const invited = change === "added" && conversation.kind !== "direct";
      if (invited && !this.#deps.troupe.isPlace(conversation.id) && conversation.role === "member")
        this.#do(this.#thank(bot, conversation.id));
    });
    client.on("error", this.#deps.failed);
  }

  #hear(bot: Bot, message: ReceivedMessage, chat: Chat): void {
    const { sender, text, time } = message;
    if (this.#reading < readingsMax) {
      this.#reading++;
      this.#do(this.#read(bot, chat, message.seq).finally(() => this.#reading--));
    }
    if (isCast(sender)) return;
    this.#deps.stirred(sender);
    this.#learn(sender, text);
    if (Date.now() - time > freshMs || this.#answering >= answersMax) return;
    if (chat.kind === "direct") this.#do(this.#answer(bot, message, chat.id));
    else if (chat.kind === "group") this.#hearInGroup(bot, message, chat.id);
  }

  async #read(bot: Bot, chat: Chat, seq: number): Promise<void> {
    const { pace, dice } = this.#deps;
    await pace.pause(
      dice.between(500, chat.kind === "direct" ? 1_400 : 5_000) * bot.persona.slowness,
    );
    if (!pace.stopped && bot.isHere) await chat.read(seq);
  }

  /** All bots of a group hear the same; the first one waits for the others, and then one or two answer. */
  #hearInGroup(bot: Bot, message: ReceivedMessage, conversation: string): void {
    const key = `${conversation} ${message.seq}`;
    const heard = this.#heard.get(key);
    if (heard !== undefined) {
      heard.push(bot);
      return;
    }
    if (this.#heard.size >= answersMax) return;
    this.#heard.set(key, [bot]);
    this.#do(this.#decide(key, message, conversation));
  }

  async #decide(key: string, message: ReceivedMessage, conversation: string): Promise<void> {
    const { pace, dice } = this.#deps;
    await pace.pause(300);
    const heard = this.#heard.get(key) ?? [];
    this.#heard.delete(key);
    const named = heard.filter(({ user }) => message.mentions?.includes(user) === true);
    const speaksIt = heard.filter(
      ({ persona }) => persona.language === this.languageOf(message.sender),
    );
    const first = dice.pick(named.length > 0 ? named : speaksIt.length > 0 ? speaksIt : heard);
    const others = heard.filter((bot) => bot !== first);
    const second = isQuestion(message.text) && others.length > 0 && dice.chance(0.5);
    await this.#answer(first, message, conversation);
    if (second) await this.#answer(dice.pick(others), { ...message, text: "👍" }, conversation);
  }

  async #answer(bot: Bot, message: ReceivedMessage, conversation: string): Promise<void> {
    const { dice, pace } = this.#deps;
    if (!this.#mayAnswer()) return;
    this.#answering++;
    try {
      await pace.pause(dice.between(700, 1_600) * bot.persona.slowness);
      const language = this.languageOf(message.sender) ?? bot.persona.language;
      const name = await this.#nameOf(bot, message.sender);
      await this.say(bot, conversation, answerTo(message.text, language, name, dice));
    } finally {
      this.#answering--;
    }
  }

  async #thank(bot: Bot, conversation: string): Promise<void> {
    await this.#deps.pace.pause(this.#deps.dice.between(800, 3_000) * bot.persona.slowness);
    if (this.#mayAnswer()) await this.say(bot, conversation, welcome.invited[bot.persona.language]);
  }

  async #nameOf(bot: Bot, user: string): Promise<string> {
    if (!bot.isHere) return user;
    const [profile] = await bot.client.users({ ids: [user] });
    return profile?.name ?? user;
  }

  #mayAnswer(): boolean {
    const { nowMs } = this.#deps.pace;
    if (nowMs >= this.#minute.endsMs) this.#minute = { endsMs: nowMs + 60_000, answers: 0 };
    return this.#minute.answers++ < answersPerMinuteMax;
  }

  #learn(user: string, text: string): void {
    const language = languageOf(text);
    if (language === undefined) return;
    this.#languages.delete(user);
    this.#languages.set(user, language);
    const [oldest] = this.#languages.keys();
    if (this.#languages.size > languagesMax && oldest !== undefined) this.#languages.delete(oldest);
  }

  #do(work: Promise<void>): void {
    work.catch(this.#deps.failed);
  }
}
