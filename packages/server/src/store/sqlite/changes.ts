import type { Database } from "bun:sqlite";
import { directMembers, type ConversationKind, type Role } from "@godwit/protocol";
import type { ConversationChange } from "../port.ts";
import type { Head, HeadCache } from "./heads.ts";
import type { Members } from "./members.ts";
import type { Undo } from "./undo.ts";

/** What a conversation begins with. */
interface Made {
  readonly kind: ConversationKind;
  readonly title?: string | undefined;
  readonly open?: boolean | undefined;
}

/** Changes of conversations and their members, inside the transaction of the message that carries them. */
export class Changes {
  private readonly heads: HeadCache;
  private readonly members: Members;
  private readonly undo: Undo;
  private readonly insertConversation;
  private readonly putMember;
  private readonly putMembership;
  private readonly deleteMember;
  private readonly deleteMembership;
  private readonly count;
  private readonly setRole;
  private readonly setMuted;
  private readonly setMutedAll;
  private readonly setTitle;
  private readonly setDissolved;

  constructor(db: Database, heads: HeadCache, members: Members, undo: Undo) {
    this.heads = heads;
    this.members = members;
    this.undo = undo;
    this.insertConversation = db.prepare<
      { num: number },
      [string, ConversationKind, string | null, number, number]
    >(
      "INSERT INTO conversations (id, kind, title, open, created_at) VALUES (?, ?, ?, ?, ?) RETURNING num",
    );
    this.putMember = db.prepare(
      `INSERT OR REPLACE INTO members (conversation, user, role, joined_at, joined_seq, delivered, delivered_at, read, read_at, read_visible)
       VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?4, ?5, ?4, ?6)`,
    );
    this.putMembership = db.prepare(
      "INSERT OR REPLACE INTO memberships (user, conversation, num) VALUES (?, ?, ?)",
    );
    this.deleteMember = db.prepare("DELETE FROM members WHERE conversation = ? AND user = ?");
    this.deleteMembership = db.prepare(
      "DELETE FROM memberships WHERE user = ? AND conversation = ?",
    );
    this.count = db.prepare(
      "UPDATE conversations SET member_count = member_count + ? WHERE num = ?",
    );
    this.setRole = db.prepare(
      "UPDATE members SET role = ? WHERE conversation = ? AND user = ? AND role <> 'banned'",
    );
    this.setMuted = db.prepare(
      "UPDATE members SET muted_until = ? WHERE conversation = ? AND user = ? AND role <> 'banned'",
    );
    this.setMutedAll = db.prepare("UPDATE conversations SET muted_all = ? WHERE num = ?");
    this.setTitle = db.prepare("UPDATE conversations SET title = ? WHERE num = ?");
    this.setDissolved = db.prepare("UPDATE conversations SET dissolved = 1 WHERE num = ?");
  }

  /** Makes a conversation, without its members. */
  create(id: string, made: Made, time: number): Head {
    const row = this.insertConversation.get(
      id,
      made.kind,
      made.title ?? null,
      made.open === true ? 1 : 0,
      time,
    );
    if (row === null) throw new Error(`Conversation ${id} was not inserted.`);
    const head = this.heads.put(id, row.num, 0, 0);
    this.undo.push(() => this.heads.forget(head));
    return head;
  }

  /** Makes a direct conversation if it is not there. */
  openDirect(id: string, time: number): void {
    if (this.heads.find(id) !== undefined) return;
    const users = new Set(directMembers(id));
    const head = this.create(id, { kind: "direct" }, time);
    for (const user of users) this.join(head, user, "member", time);
    this.count.run(users.size, head.num);
  }

  /** Applies a change whose message is in the log already (the head has its seq). */
  apply(head: Head, change: ConversationChange, time: number): void {
    switch (change.type) {
      case "create": {
        const roles = new Map(change.members.map(({ user, role }) => [user, role]));
        for (const [user, role] of roles) this.join(head, user, role, time);
        this.count.run(roles.size, head.num);
        return;
      }
      case "add":
        this.add(head, change.users, time);
        return;
      case "remove":
        this.remove(head, change.users, change.ban, time);
        return;
      case "role":
        this.setRole.run(change.role, head.num, change.user);
        if (change.former !== undefined) this.setRole.run("admin", head.num, change.former);
        return;
      case "rename":
        this.setTitle.run(change.title, head.num);
        return;
      case "mute":
        if (change.user === undefined) this.setMutedAll.run(change.until === 0 ? 0 : 1, head.num);
        else this.setMuted.run(change.until, head.num, change.user);
        return;
      case "dissolve":
        this.setDissolved.run(head.num);
    }
  }

  private add(head: Head, users: readonly string[], time: number): void {
    let joined = 0;
    for (const user of users) {
      const row = this.members.find(head, user);
      if (row !== undefined && row.role !== "banned") continue;
      this.join(head, user, "member", time);
      joined += 1;
    }
    this.count.run(joined, head.num);
  }

  private remove(head: Head, users: readonly string[], ban: boolean, time: number): void {
    let left = 0;
    for (const user of users) {
      const row = this.members.find(head, user);
      const isMember = row !== undefined && row.role !== "banned";
      if (isMember) {
        this.members.dropOwn(head, user);
        this.deleteMember.run(head.num, user);
        this.deleteMembership.run(user, head.id);
        left += 1;
      }
      if (ban && (isMember || row === undefined))
        this.putMember.run(head.num, user, "banned", time, head.lastSeq, head.visible);
    }
    this.count.run(-left, head.num);
  }

  private join(head: Head, user: string, role: Role, time: number): void {
    this.members.dropOwn(head, user);
    this.putMember.run(head.num, user, role, time, head.lastSeq, head.visible);
    this.putMembership.run(user, head.id, head.num);
  }
}
