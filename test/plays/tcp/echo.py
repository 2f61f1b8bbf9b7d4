"""Answers every message of one user with the same text, until so many have come; loses the connection once in the middle."""

import sys

from godwit_session import Session
from godwit_tcp import Closed, Link

url, token, conversation, count, cut_after, compression = sys.argv[1:]
links = []


def dial():
    links.append(Link(url, compression=compression == "deflate"))
    return links[-1].channel()


session = Session(dial, token, "python")
assert links[0].compression == (compression == "deflate")
print("ready", flush=True)
for number in range(1, int(count) + 1):
    try:
        message = session.message(20)
    except Closed:
        assert session.connect()["resumed"], "the session was not there any more"
        message = session.message(20)
    assert message is not None, f"message {number} did not come"
    session.send(conversation, message["content"]["text"])
    if number == int(cut_after):
        links[-1].cut()
print(f"{count} echoed on {len(links)} connections")
links[-1].close()
