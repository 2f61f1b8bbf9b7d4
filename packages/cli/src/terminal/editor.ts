import { characters } from "./text.ts";

/** A key as `node:readline` reports it. */
export interface Key {
  readonly name?: string | undefined;
  readonly sequence?: string | undefined;
  readonly ctrl?: boolean | undefined;
  readonly meta?: boolean | undefined;
}

/** What a key did: changed the text or the cursor, asked to submit, or nothing that the editor knows. */
export type Edited = "changed" | "submit" | "unknown";

/** Submitted lines that can be fetched back with the arrow keys. */
const historyMax = 200;
/** As much as fits into one message many times over. */
const textMax = 32_768;

/** One input line, edited by characters as a reader sees them. Line ends are kept when they come by pasting or with Alt-Enter. */
export class LineEditor {
  #characters: string[] = [];
  #cursor = 0;
  #pasting = false;
  readonly #history: string[] = [];
  /** Position in the history; its length means the line being written. */
  #at = 0;
  #draft = "";

  get text(): string {
    return this.#characters.join("");
  }

  get before(): string {
    return this.#characters.slice(0, this.#cursor).join("");
  }

  get after(): string {
    return this.#characters.slice(this.#cursor).join("");
  }

  set(text: string): void {
    this.#characters = characters(text);
    this.#cursor = this.#characters.length;
  }

  /** Takes the finished line and empties the editor. */
  take(): string {
    const text = this.text;
    if (text.trim() !== "" && this.#history.at(-1) !== text) this.#history.push(text);
    if (this.#history.length > historyMax) this.#history.shift();
    this.#at = this.#history.length;
    this.#draft = "";
    this.set("");
    return text;
  }

  insert(text: string): void {
    const before = this.before + text;
    const whole = before + this.after;
    if (whole.length > textMax) return;
    // Segmented again as a whole: a joiner or a combining mark may become part of the character before it.
    this.#cursor = characters(before).length;
    this.#characters = characters(whole);
  }

  key(typed: string | undefined, key: Key): Edited {
    if (key.name === "paste-start" || key.name === "paste-end") {
      this.#pasting = key.name === "paste-start";
      return "changed";
    }
    if (key.name === "return" || key.name === "enter") {
      if (!this.#pasting && key.meta !== true && key.name === "return") return "submit";
      this.insert("\n");
      return "changed";
    }
    const move =
      key.ctrl === true
        ? this.#control(key.name)
        : key.meta === true
          ? this.#meta(key.name)
          : this.#plain(key.name);
    if (move !== "unknown") return move;
    if (typed === undefined || key.ctrl === true || key.meta === true) return "unknown";
    const printable = typed === "\t" && this.#pasting ? " " : typed;
    if (/[\u0000-\u001f\u007f-\u009f]/.test(printable)) return "unknown";
    this.insert(printable);
    return "changed";
  }

  #plain(name: string | undefined): Edited {
    switch (name) {
      case "left":
        return this.#goTo(this.#cursor - 1);
      case "right":
        return this.#goTo(this.#cursor + 1);
      case "home":
        return this.#goTo(0);
      case "end":
        return this.#goTo(this.#characters.length);
      case "backspace":
        return this.#cut(this.#cursor - 1, this.#cursor);
      case "delete":
        return this.#cut(this.#cursor, this.#cursor + 1);
      case "up":
        return this.#recall(this.#at - 1);
      case "down":
        return this.#recall(this.#at + 1);
      default:
        return "unknown";
    }
  }

  #control(name: string | undefined): Edited {
    switch (name) {
      case "a":
        return this.#goTo(0);
      case "e":
        return this.#goTo(this.#characters.length);
      case "b":
        return this.#goTo(this.#cursor - 1);
      case "f":
        return this.#goTo(this.#cursor + 1);
      case "h":
        return this.#cut(this.#cursor - 1, this.#cursor);
      case "u":
        return this.#cut(0, this.#cursor);
      case "k":
        return this.#cut(this.#cursor, this.#characters.length);
      case "w":
        return this.#cut(this.#wordStart(), this.#cursor);
      case "left":
        return this.#goTo(this.#wordStart());
      case "right":
        return this.#goTo(this.#wordEnd());
      default:
        return "unknown";
    }
  }

  #meta(name: string | undefined): Edited {
    if (name === "b") return this.#goTo(this.#wordStart());
    if (name === "f") return this.#goTo(this.#wordEnd());
    return name === "backspace" ? this.#cut(this.#wordStart(), this.#cursor) : "unknown";
  }

  #goTo(cursor: number): Edited {
    this.#cursor = Math.max(0, Math.min(this.#characters.length, cursor));
    return "changed";
  }

  #cut(from: number, to: number): Edited {
    this.#characters.splice(Math.max(0, from), to - Math.max(0, from));
    return this.#goTo(Math.max(0, from));
  }

  #recall(position: number): Edited {
    if (position < 0 || position > this.#history.length) return "changed";
    if (this.#at === this.#history.length) this.#draft = this.text;
    this.#at = position;
    this.set(this.#history[position] ?? this.#draft);
    return "changed";
  }

  #wordStart(): number {
    let at = this.#cursor;
    while (at > 0 && this.#characters[at - 1]?.trim() === "") at--;
    while (at > 0 && this.#characters[at - 1]?.trim() !== "") at--;
    return at;
  }

  #wordEnd(): number {
    let at = this.#cursor;
    while (at < this.#characters.length && this.#characters[at]?.trim() === "") at++;
    while (at < this.#characters.length && this.#characters[at]?.trim() !== "") at++;
    return at;
  }
}
