import type { CloseName } from "@godwit/protocol";
import type { Accounts } from "../../accounts/accounts.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Presence } from "../../presence/presence.ts";
import type { AccountStore } from "../../store/port.ts";
import type { Session } from "../session.ts";
import type { Sessions } from "../sessions.ts";
import { Refused, type Commands } from "./command.ts";

const usersPageDefault = 20;

/** Commands about the session itself, the caller's devices, and other users. */
export function accountCommands(deps: {
  accounts: Accounts;
  store: AccountStore;
  sessions: Sessions;
  presence: Presence;
  clock: Clock;
}): Commands<
  "refresh" | "ping" | "received" | "bye" | "devices" | "sign_out" | "users" | "profile" | "kick"
> {
  const { accounts, store, sessions, presence, clock } = deps;

  /** Ends a caller's own session in the next turn: the reply is queued by then, and the close stands behind it (see `Connection.close`). */
  const endAfterReply = (session: Session, close: CloseName, detail?: string) =>
    clock.after(0, () => sessions.end(session, close, detail));

  /** Ends the sessions of a user (of one device, or all), the caller's own last. */
  const endAll = (
    caller: Session | undefined,
    user: string,
    close: CloseName,
    { device, detail }: { device?: string | undefined; detail?: string | undefined },
  ): number => {
    const ended = sessions.endAll(user, close, { device, detail, except: caller });
    const own = caller?.user === user && (device === undefined || caller.device === device);
    if (caller === undefined || !own || caller.ended) return ended;
    endAfterReply(caller, close, detail);
    return ended + 1;
  };

  return {
    refresh: {
      auth: "session",
      rate: "command",
      async handle({ session, user, device }, { token }) {
        const principal = await accounts.authenticate(token, device);
        if (principal.user !== user)
          throw new Refused({ error: "token_invalid", detail: "The token is another user's." });
        session?.renew(principal);
        return principal.expiresAt === undefined ? {} : { tokenExpiresAt: principal.expiresAt };
      },
    },
    ping: {
      auth: "session",
      rate: "command",
      handle({ session }, { position, heartbeatMs }) {
        if (position !== undefined) session?.acknowledge(position);
        if (session !== undefined && heartbeatMs !== undefined) session.heartbeatMs = heartbeatMs;
        return { time: clock.now(), position: session?.position ?? 0 };
      },
    },
    received: {
      auth: "session",
      rate: "command",
      handle({ session }, { position }) {
        session?.acknowledge(position);
        return {};
      },
    },
    bye: {
      auth: "session",
      rate: "command",
      handle({ session }) {
        if (session !== undefined) endAfterReply(session, "signed_out", "Goodbye.");
        return {};
      },
    },
    devices: {
      auth: "user",
      rate: "command",
      async handle({ user, device }) {
        const online = new Set(
          sessions
            .of(user)
            .filter((session) => session.connection !== undefined)
            .map((session) => session.device),
        );
        const rows = await accounts.devices.list(user);
        return {
          devices: rows.map((row) => ({
            device: row.device,
            platform: row.platform,
            online: online.has(row.device),
            lastSeen: row.lastSeen,
            current: row.device === device,
          })),
        };
      },
    },
    sign_out: {
      auth: "session",
      rate: "command",
      async handle({ session, user }, { device }) {
        if (device === undefined) {
          for (const row of await accounts.devices.list(user)) {
            if (row.device !== session?.device) await accounts.devices.signOut(user, row.device);
          }
        } else if (!(await accounts.devices.signOut(user, device))) {
          throw new Refused({ error: "invalid_params", detail: `There is no device ${device}.` });
        }
        const ended =
          device === undefined
            ? sessions.endAll(user, "signed_out", { except: session })
            : endAll(session, user, "signed_out", { device });
        return { ended };
      },
    },
    users: {
      auth: "user",
      rate: "command",
      async handle(_, { prefix, ids, limit }) {
        const { accounts: rows, cut } =
          ids !== undefined
            ? { accounts: await store.get(ids), cut: false }
            : await store.list(prefix, undefined, limit ?? usersPageDefault);
        return {
          ...(cut ? { partial: true } : {}),
          users: rows
            .filter((row) => !row.disabled)
            .map(({ user, name }) => (name === undefined ? { user } : { user, name })),
        };
      },
    },
    profile: {
      auth: "user",
      rate: "command",
      async handle({ user }, params) {
        const name = params.name.trim();
        await accounts.users.update(user, { name });
        await presence.renamed(user, name);
        return { profile: { user, name } };
      },
    },
    kick: {
      auth: "admin",
      rate: "command",
      handle: ({ session }, { user, device, reason }) => ({
        ended: endAll(session, user, "kicked", { device, detail: reason }),
      }),
    },
  };
}
