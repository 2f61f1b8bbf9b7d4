/** The XML namespaces that are spoken here, by the name that the code uses for them. */
export const ns = {
  client: "jabber:client",
  streams: "http://etherx.jabber.org/streams",
  /** RFC 6120 sections 4.9.3 and 8.3.3. */
  streamErrors: "urn:ietf:params:xml:ns:xmpp-streams",
  stanzaErrors: "urn:ietf:params:xml:ns:xmpp-stanzas",
  /** Of this server: the name in the error table beside the condition. */
  errors: "urn:godwit:errors",
  /** RFC 7395. */
  framing: "urn:ietf:params:xml:ns:xmpp-framing",
  tls: "urn:ietf:params:xml:ns:xmpp-tls",
  sasl: "urn:ietf:params:xml:ns:xmpp-sasl",
  /** XEP-0440. */
  channelBinding: "urn:xmpp:sasl-cb:0",
  bind: "urn:ietf:params:xml:ns:xmpp-bind",
  session: "urn:ietf:params:xml:ns:xmpp-session",
  /** XEP-0198. */
  sm: "urn:xmpp:sm:3",
  roster: "jabber:iq:roster",
  private: "jabber:iq:private",
  version: "jabber:iq:version",
  /** XEP-0030, 0115. */
  discoInfo: "http://jabber.org/protocol/disco#info",
  discoItems: "http://jabber.org/protocol/disco#items",
  caps: "http://jabber.org/protocol/caps",
  /** XEP-0199, 0202, 0203. */
  ping: "urn:xmpp:ping",
  time: "urn:xmpp:time",
  delay: "urn:xmpp:delay",
  /** XEP-0184, 0333, 0085, 0308. */
  receipts: "urn:xmpp:receipts",
  markers: "urn:xmpp:chat-markers:0",
  chatStates: "http://jabber.org/protocol/chatstates",
  correct: "urn:xmpp:message-correct:0",
  /** XEP-0280, 0297, 0313, 0059, 0359, 0334, 0352. */
  carbons: "urn:xmpp:carbons:2",
  forward: "urn:xmpp:forward:0",
  mam: "urn:xmpp:mam:2",
  rsm: "http://jabber.org/protocol/rsm",
  sid: "urn:xmpp:sid:0",
  hints: "urn:xmpp:hints",
  csi: "urn:xmpp:csi:0",
  /** XEP-0045. */
  muc: "http://jabber.org/protocol/muc",
  mucUser: "http://jabber.org/protocol/muc#user",
  mucAdmin: "http://jabber.org/protocol/muc#admin",
  mucOwner: "http://jabber.org/protocol/muc#owner",
  mucRoomConfig: "http://jabber.org/protocol/muc#roomconfig",
  mucRoomInfo: "http://jabber.org/protocol/muc#roominfo",
  register: "jabber:iq:register",
  conference: "jabber:x:conference",
  /** XEP-0004, 0066, 0335, 0080, 0054, 0292, 0191. */
  forms: "jabber:x:data",
  oob: "jabber:x:oob",
  json: "urn:xmpp:json:0",
  geoloc: "http://jabber.org/protocol/geoloc",
  vcardTemp: "vcard-temp",
  vcard4: "urn:ietf:params:xml:ns:vcard-4.0",
  blocking: "urn:xmpp:blocking",
  /** XEP-0402, over XEP-0060. */
  pubsub: "http://jabber.org/protocol/pubsub",
  bookmarks: "urn:xmpp:bookmarks:1",
  /** XEP-0048, over XEP-0049. */
  oldBookmarks: "storage:bookmarks",
} as const;
