/**
 * Close codes, from the range that RFC 6455 section 7.4.2 leaves to applications.
 * 4000–4499: reconnect (with back-off; resume the session). 4500–4999: stop, until something changes on the client's side.
 */
export const closeCodes = {
  draining: { code: 4000, message: "The node drains; reconnect elsewhere." },
  slow_reader: {
    code: 4001,
    message: "The connection read too slowly; reconnect and synchronise.",
  },
  idle: { code: 4002, message: "Nothing was heard from the client for too long." },
  connect_deadline: { code: 4003, message: "No valid hello arrived in time." },
  overloaded: { code: 4004, message: "The server has no room for this connection now." },
  resumed_elsewhere: { code: 4005, message: "Another connection resumed this session." },
  internal: { code: 4006, message: "The server failed on this connection." },
  flooding: { code: 4007, message: "Frames kept coming after the rate limit was announced." },
  bad_frame: { code: 4500, message: "The frame is not of this protocol." },
  frame_too_large: { code: 4501, message: "The frame exceeds the size limit." },
  token_invalid: { code: 4502, message: "The token is not accepted." },
  token_expired: { code: 4503, message: "The token expired; sign in again or refresh it." },
  replaced: {
    code: 4504,
    message: "Another device took this one's place under the device policy.",
  },
  kicked: { code: 4505, message: "An administrator ended this session." },
  account_disabled: { code: 4506, message: "The account was disabled." },
  signed_out: { code: 4507, message: "This device was signed out." },
  unsupported_version: { code: 4508, message: "No protocol version in common." },
} as const;

export type CloseName = keyof typeof closeCodes;

/** RFC 6455: the WebSocket layer itself refused the size of a frame, before `frame_too_large` could be said. */
const messageTooBig = 1009;

/**
 * True if a client should reconnect after this close code. Standard WebSocket codes (1000–2999) count as a lost network, but
 * for 1009: the same frame would end the next connection too.
 */
export function shouldReconnect(code: number): boolean {
  return code !== messageTooBig && (code < 4500 || code > 4999);
}
