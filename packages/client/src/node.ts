/**
 * What only Node and Bun have use for.
 *
 * @module
 */
export { fileStorage } from "./file-storage.ts";
export { NodeSocket } from "./node-socket.ts";
