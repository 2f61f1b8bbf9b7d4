"""A stock client for the plays: slixmpp as it comes. Prints one JSON object a line of what happens; arguments: port, user, password, peer, room."""

import asyncio
import json
import ssl
import sys

import slixmpp

port, user, password, peer, room = sys.argv[1:6]


def tell(what, **more):
    print(json.dumps({"what": what, **more}), flush=True)


class Client(slixmpp.ClientXMPP):
    def __init__(self):
        super().__init__(f"{user}@localhost/slixmpp", password)
        for plugin in ("xep_0030", "xep_0045", "xep_0184", "xep_0198", "xep_0199", "xep_0280", "xep_0313"):
            self.register_plugin(plugin)
        self.plugin["xep_0184"].auto_ack = True
        self.ssl_context.check_hostname = False
        self.ssl_context.verify_mode = ssl.CERT_NONE
        self.started = asyncio.Event()
        self.heard = asyncio.Queue()
        self.add_event_handler("session_start", self.start)
        self.add_event_handler("message", self.on_message)
        self.add_event_handler("failed_auth", lambda _: tell("failed"))
        self.add_event_handler("receipt_received", lambda m: tell("receipt", id=m["receipt"]))

    async def start(self, _):
        self.send_presence()
        await self.get_roster()
        mechanism = self.plugin["feature_mechanisms"].mech
        tell("started", jid=str(self.boundjid), mechanism=mechanism.name)
        self.started.set()

    def on_message(self, message):
        tell("message", body=message["body"], sender=str(message["from"]), type=message["type"])
        self.heard.put_nowait(message["body"])


async def main():
    client = Client()
    client.connect("127.0.0.1", int(port))
    await asyncio.wait_for(client.started.wait(), 8)
    message = client.make_message(mto=f"{peer}@localhost", mbody="from slixmpp", mtype="chat")
    message["request_receipt"] = True
    message.send()
    tell("sent", id=message["id"])
    await asyncio.wait_for(client.heard.get(), 8)
    muc = client.plugin["xep_0045"]
    await muc.join_muc_wait(room, user, timeout=8)
    client.send_message(mto=room, mbody="slixmpp in the room", mtype="groupchat")
    while await asyncio.wait_for(client.heard.get(), 8) != "to the room":
        pass
    async for found in client.plugin["xep_0313"].iterate(with_jid=f"{peer}@localhost"):
        tell("archived", body=found["mam_result"]["forwarded"]["stanza"]["body"])
    info = await client.plugin["xep_0030"].get_info(jid="localhost")
    tell("features", features=sorted(info["disco_info"]["features"]))
    tell("pinged", seconds=await client.plugin["xep_0199"].ping("localhost", timeout=5))
    client.disconnect()
    await asyncio.sleep(0.2)


asyncio.run(main())
