import type { Context } from "../context.ts";
import { CliError } from "../error.ts";

/** True if a person sits at both ends. */
export function interactive(): boolean {
  return process.stdin.isTTY && process.stdout.isTTY;
}

/** Asks for a secret without showing it; empty if the person just pressed return. Ctrl-C ends the command. */
export async function askSecret({ t }: Context, question: string): Promise<string> {
  const { password, isCancel } = await import("@clack/prompts");
  const answer = await password({ message: question });
  if (isCancel(answer)) throw new CliError(t("ask.cancelled"), t("ask.cancelled.remedy"), 130);
  return answer ?? "";
}

/** Asks for a line of text. */
export async function askText(
  { t }: Context,
  question: string,
  suggestion?: string,
): Promise<string> {
  const { text, isCancel } = await import("@clack/prompts");
  const answer = await text({
    message: question,
    ...(suggestion === undefined ? {} : { placeholder: suggestion, defaultValue: suggestion }),
  });
  if (isCancel(answer)) throw new CliError(t("ask.cancelled"), t("ask.cancelled.remedy"), 130);
  return answer.trim();
}

/** Asks yes or no. */
export async function askYes({ t }: Context, question: string): Promise<boolean> {
  const { confirm, isCancel } = await import("@clack/prompts");
  const answer = await confirm({ message: question });
  if (isCancel(answer)) throw new CliError(t("ask.cancelled"), t("ask.cancelled.remedy"), 130);
  return answer;
}
