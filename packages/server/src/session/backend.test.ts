import { expect, test } from "bun:test";
import { Backend } from "./backend.ts";
import type { Account } from "./dispatch.ts";

test("visitors, however many, displace nobody's rates, and share none", async () => {
  const charged: Account[] = [];
  const dispatcher = {
    execute: (_caller: unknown, account: Account) => {
      charged.push(account);
      return Promise.resolve({ ok: true, result: {} });
    },
  };
  const backend = new Backend({
    dispatcher: dispatcher as never,
    sessions: {} as never,
  });
  const alice = () => backend.execute({ user: "alice", admin: false }, "users", { ids: ["bob"] });
  await alice();
  for (let count = 0; count < 20_000; count++) await backend.visit("peek_invite", { token: "t" });
  await alice();
  expect(charged.at(-1)).toBe(charged[0]);
  expect(new Set(charged).size).toBe(20_001);
});
