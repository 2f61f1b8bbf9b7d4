/**
 * The binary codec of `godwit.proto`: smaller frames than JSON.
 *
 * @example
 * import { binaryCodec } from "@godwit/client/binary";
 * const client = connect({ url, token, codec: binaryCodec });
 * @module
 */
export { binaryCodec } from "@godwit/protocol/binary";
