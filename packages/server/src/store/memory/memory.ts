import { StoreError, type Store } from "../port.ts";
import { memoryAccounts } from "./accounts.ts";
import { memoryConversations } from "./conversations.ts";
import { memoryMessages } from "./messages.ts";
import { newState } from "./state.ts";

/** Opens an empty store that lives in this process's memory and ends with it. For tests, demonstrations and as the model of what a store does. */
export function openMemoryStore(): Promise<Store> {
  const state = newState();
  let closed = false;
  const guard = () => {
    if (closed) throw new StoreError("closed", "The store is closed.");
  };
  return Promise.resolve({
    messages: memoryMessages(state, guard),
    conversations: memoryConversations(state, guard),
    accounts: memoryAccounts(guard),
    caps: { durability: "memory", engine: "memory" },
    health: () => (closed ? { writable: false, reason: "closed" } : { writable: true }),
    close: () => {
      closed = true;
      return Promise.resolve();
    },
  });
}
