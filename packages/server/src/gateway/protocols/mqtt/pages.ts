import { limits, type Params, type Result } from "@godwit/protocol";

type Page = Result<"sync">["conversations"];

/** All conversations of a user, a page at a time, each with its newest message. `ask` gives the command, and what it rejects with ends the walk. */
export async function* pagesOfNewest(
  ask: (params: Params<"sync">) => Promise<Result<"sync">>,
): AsyncGenerator<Page, void> {
  let after: string | undefined;
  do {
    const page = await ask({
      messages: 1,
      limit: limits.syncPageMax,
      ...(after === undefined ? {} : { after }),
    });
    yield page.conversations;
    after = page.next;
  } while (after !== undefined);
}
