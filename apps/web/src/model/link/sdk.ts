/** What needs the SDK, as one part: it is fetched once what the browser keeps has been drawn. */
export { directId, login, peekInvite, register } from "@godwit/client";
export { serve } from "./server.ts";
export { tokenSource } from "./token.ts";
