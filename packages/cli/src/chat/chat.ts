import { connect } from "@godwit/client";
import { fileStorage } from "@godwit/client/node";
import type { Context } from "../context.ts";
import { CliError } from "../error.ts";
import { httpUrl, unreachable } from "../system/api.ts";
import { probeServer } from "../system/probe.ts";
import { interactive } from "../terminal/ask.ts";
import { oneLine } from "../terminal/text.ts";
import { version } from "../version.ts";
import { runCommand } from "./commands.ts";
import { PlainView, runPlain } from "./plain.ts";
import type { ChatOptions } from "./options.ts";
import type { Reached } from "./marks.ts";
import { ScreenView } from "./screen.ts";
import { deviceId, outboxFile } from "./device.ts";
import { signIn } from "./sign-in.ts";
import { ChatState } from "./state.ts";
import { Talk } from "./talk.ts";

const defaultUrl = "http://127.0.0.1:8480";

/** `godwit chat`: on the whole terminal where there is one, else line by line. Resolves to the exit code. */
export async function chat(context: Context, options: ChatOptions): Promise<number> {
  const { t } = context;
  const url = httpUrl(context, options.url ?? context.env["GODWIT_URL"] ?? defaultUrl);
  // Nobody should type a password only to hear that there is no server.
  const probe = await probeServer(url, { timeoutMs: 5_000 });
  if (probe.kind === "nothing" || probe.kind === "untrusted")
    throw unreachable(context, url, probe.detail);
  const { user, token } = await signIn(context, url, options);
  const device = options.device ?? deviceId(user);
  const kept = outboxFile(context, url, user, options);
  const client = connect({
    url,
    token,
    device,
    platform: "desktop",
    client: `godwit-chat/${version}`,
    ...(kept === undefined ? {} : { storage: fileStorage(kept) }),
  });
  try {
    await client.ready();
  } catch (error) {
    await client.close();
    const failed = error instanceof Error && error.name === "storage_failed";
    throw new CliError(
      error instanceof Error ? error.message : String(error),
      failed ? t("chat.storage.remedy", { file: kept ?? "" }) : t("chat.not_connected.remedy"),
    );
  }
  const state = new ChatState(client.user);
  const reached: Reached = (room, seq) => client.conversation(room.id).reached(seq);
  const plain = options.plain === true || !interactive() || context.env["TERM"] === "dumb";
  const view = plain
    ? new PlainView(context, state, reached)
    : new ScreenView(context, state, reached, process.stdout);
  const talk = new Talk(client, context, state, view, {
    run: runCommand,
    keeps: kept !== undefined,
  });
  const started = talk.start().then(async () => {
    if (plain) view.say(t("chat.signed_in", { user: client.user, url }));
    await begin(talk, options);
    if (!plain) talk.openFirst();
  });
  const code = await (view instanceof PlainView
    ? started.then(() => runPlain(talk, view, process.stdin))
    : runScreen(talk, view, started));
  if (talk.farewell !== undefined) context.err(talk.farewell);
  return code;
}

function runScreen(talk: Talk, view: ScreenView, started: Promise<void>): Promise<number> {
  // The screen is there from the start, and shows what goes wrong until then.
  started.catch((error: unknown) => view.say(talk.explain(error)));
  return view.run(talk, process.stdin);
}

/** Opens what the command line asked for, or else the conversation in which something happened last. */
async function begin(talk: Talk, options: ChatOptions): Promise<void> {
  const { state, view, context } = talk;
  if (options.with !== undefined) await talk.submit(`/to ${options.with}`);
  else if (options.group !== undefined) {
    const title = options.group;
    const known = state.rooms().find((room) => room.kind !== "direct" && room.title === title);
    await (known === undefined
      ? talk.submit(`/group "${title.replaceAll('"', "'")}"`)
      : talk.open(known));
  } else {
    const [newest] = state.rooms();
    if (newest !== undefined) await talk.open(newest);
  }
  const unread = state.rooms().filter((room) => room.unread > 0 && room !== state.current);
  if (unread.length > 0)
    view.say(
      context.t("chat.unread_elsewhere", {
        rooms: unread
          .slice(0, 10)
          .map((room) => `${oneLine(room.title)} (${room.unread})`)
          .join(", "),
      }),
    );
}
