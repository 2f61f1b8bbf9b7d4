import { storeSuite } from "../suite.ts";
import { openMemoryStore } from "./memory.ts";

storeSuite("memory", async () => ({ store: await openMemoryStore() }));
