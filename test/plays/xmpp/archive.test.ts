/** Archives that are larger than one answer: whoever pages through them sees everything once, in order. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Stage } from "../stage.ts";
import { bodyOf, child, elements, Player, portOf, setXmppStage, space, textOf } from "./kit.ts";

let stage: Stage;
beforeAll(async () => {
  const settings = { "limits.sendsBurst": 10_000, "limits.commandsBurst": 10_000 };
  stage = await setXmppStage({ settings });
});
afterAll(() => stage.close());

const rsm = "http://jabber.org/protocol/rsm";

interface Answer {
  readonly texts: readonly string[];
  readonly first: string | undefined;
  readonly last: string | undefined;
  readonly complete: string | undefined;
  readonly bytes: number;
}

/** One question to the client's archive. */
async function query(who: Player, set: string, fields = ""): Promise<Answer> {
  const form = `<x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE"><value>${space.mam}</value></field>${fields}</x>`;
  const asked = `<query xmlns="${space.mam}">${form}<set xmlns="${rsm}">${set}</set></query>`;
  const fin = elements(await who.ask("set", asked))[0]!;
  const texts: string[] = [];
  while (who.unasked.some((each) => child(each, "result", space.mam) !== undefined)) {
    const result = child(
      await who.hears((each) => child(each, "result", space.mam) !== undefined),
      "result",
      space.mam,
    );
    texts.push(bodyOf(elements(child(result!, "forwarded", space.forward)!).at(-1)!) ?? "");
  }
  const bounds = child(fin, "set", rsm)!;
  const bound = (name: string) => {
    const found = child(bounds, name, rsm);
    return found === undefined ? undefined : textOf(found);
  };
  const bytes = texts.reduce((sum, { length }) => sum + length, 0);
  const { complete } = fin.attrs;
  return { texts, first: bound("first"), last: bound("last"), complete, bytes };
}

/** Pages through everything, forwards or backwards; each answer that is not the last says that it is partial. */
async function readAll(who: Player, backward: boolean, fields = ""): Promise<readonly string[]> {
  const all: string[] = [];
  let set = backward ? "<before/>" : "";
  for (let pages = 0; pages < 50; pages++) {
    const page = await query(who, `<max>40</max>${set}`, fields);
    expect(page.bytes).toBeLessThan(300_000);
    if (backward) all.unshift(...page.texts);
    else all.push(...page.texts);
    if (page.complete === "true") return all;
    expect(page.texts.length).toBeGreaterThan(0);
    set = backward ? `<before>${page.first}</before>` : `<after>${page.last}</after>`;
  }
  throw new Error("There is no end.");
}

describe("the archive", () => {
  test("of all conversations gives everything once, in the order of all, however the pages fall", async () => {
    const reader = await new Player(() => portOf(stage), "reader").enter();
    const peers = await stage.cast("quiet", "lively", "busy");
    const wanted: string[] = [];
    const say = async (at: number, text: string) => {
      wanted.push(text);
      const peer = peers[at]!;
      await peer.says(peer.with("reader"), text);
    };
    for (let at = 0; at < 130; at++) {
      await say(2, `busy ${at}`);
      if (at % 2 === 0) await say(1, `lively ${at}`);
      if (at % 50 === 0) await say(0, `quiet ${at}`);
    }
    await reader.hears((each) => bodyOf(each) === wanted.at(-1));
    expect(await readAll(reader, false)).toEqual(wanted);
    expect(await readAll(reader, true)).toEqual(wanted);
    // As profanity asks: without a set around it.
    const { last } = await query(reader, "<max>1</max><before/>");
    const bare = await reader.ask(
      "set",
      `<query xmlns="${space.mam}"><after>${last}</after></query>`,
    );
    expect(elements(bare)[0]?.attrs["complete"]).toBe("true");
    expect(reader.unasked.some((each) => child(each, "result", space.mam) !== undefined)).toBe(
      false,
    );
  }, 20_000);

  test("answers no more bytes at once than are good for anybody, and says so", async () => {
    const reader = await new Player(() => portOf(stage), "glutton").enter();
    const cook = await stage.actor("cook");
    const wanted: string[] = [];
    for (let at = 0; at < 14; at++) {
      const text = `${at} ${"x".repeat(60_000)}`;
      wanted.push(text);
      await cook.says(cook.with("glutton"), text);
    }
    await reader.hears((each) => bodyOf(each) === wanted.at(-1));
    const withCook = '<field var="with"><value>cook@localhost</value></field>';
    for (const fields of ["", withCook])
      for (const backward of [false, true])
        expect(await readAll(reader, backward, fields)).toEqual(wanted);
  }, 20_000);
});
