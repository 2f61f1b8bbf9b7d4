/** Ids of the questions by which the server finds out whether a client has got everything so far; the number of stanzas follows. */
export const probePrefix = "godwit-probe-";
