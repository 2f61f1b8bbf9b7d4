import type { Accounts } from "./accounts.ts";
import type { Appender } from "./append.ts";
import type { Changes } from "./changes.ts";
import type { Members } from "./members.ts";
import type { Queries } from "./queries.ts";

/** Calls that change something; they run inside a transaction of the group commit. */
export function writeCalls(
  changes: Changes,
  members: Members,
  queries: Queries,
  accounts: Accounts,
) {
  return {
    advance: members.advance.bind(members),
    openDirect(id: string, time: number) {
      changes.openDirect(id, time);
      const row = queries.get(id);
      if (row === undefined) throw new Error(`Conversation ${id} was not made.`);
      return row;
    },
    createAccount: accounts.create.bind(accounts),
    updateAccount: accounts.update.bind(accounts),
    putDevice: accounts.putDevice.bind(accounts),
    removeDevice: accounts.removeDevice.bind(accounts),
    initSetting: accounts.initSetting.bind(accounts),
    putSetting: accounts.putSetting.bind(accounts),
  };
}

/** Calls that only read. A generator is a long one, run in slices. */
export function readCalls(appender: Appender, queries: Queries, accounts: Accounts) {
  return {
    find: appender.find.bind(appender),
    range: queries.range.bind(queries),
    pick: queries.pick.bind(queries),
    receipts: queries.receipts.bind(queries),
    get: queries.get.bind(queries),
    member: queries.member.bind(queries),
    members: queries.members.bind(queries),
    views: queries.views.bind(queries),
    list: queries.list.bind(queries),
    accounts: accounts.get.bind(accounts),
    listAccounts: accounts.list.bind(accounts),
    devices: accounts.devices.bind(accounts),
    setting: accounts.setting.bind(accounts),
  };
}

export type WriteCalls = ReturnType<typeof writeCalls>;
export type ReadCalls = ReturnType<typeof readCalls>;
export type Calls = WriteCalls & ReadCalls;
export type CallName = keyof Calls;
/** What a call resolves to: generators are run to their end. */
export type CallResult<Name extends CallName> = Ended<ReturnType<Calls[Name]>>;
type Ended<Result> = Result extends Generator<undefined, infer Value, undefined> ? Value : Result;
