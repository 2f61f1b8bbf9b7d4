"""Two users chat over binary TCP on one connection, lose it, and miss nothing. With a server from `npm start`:

    python3 examples/python/chat.py [--tcp tcp://localhost:8481] [--http http://localhost:8480] [--compression]
"""

from __future__ import annotations

import argparse
import json
import urllib.error
import urllib.request

from godwit_session import Session
from godwit_tcp import TIMEOUT_S, Channel, Closed, Link


def sign_in(http: str, user: str, password: str) -> str:
    """A token; the account is made the first time."""
    for path in ("register", "login"):
        body = json.dumps({"user": user, "password": password}).encode()
        request = urllib.request.Request(f"{http}/api/{path}", body, {"content-type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as response:
                return json.load(response)["token"]
        except urllib.error.HTTPError as error:
            if path == "login":
                raise SystemExit(f"{user} cannot sign in: {error.read().decode()}") from error
    raise AssertionError("unreachable")


def main() -> None:
    parser = argparse.ArgumentParser(description="Two users chat over binary TCP, lose the connection, and miss nothing.")
    parser.add_argument("--tcp", default="tcp://localhost:8481")
    parser.add_argument("--http", default="http://localhost:8480")
    parser.add_argument("--compression", action="store_true")
    options = parser.parse_args()
    password = "correct horse battery staple"
    links: list[Link] = []

    def dial() -> Channel:
        """On the newest connection, or a new one if it is gone."""
        try:
            return links[-1].channel()
        except (IndexError, Closed):
            links.append(Link(options.tcp, compression=options.compression))
            return links[-1].channel()

    pia, quentin = (Session(dial, sign_in(options.http, user, password), "python") for user in ("pia", "quentin"))
    sent = pia.send("d:pia:quentin", "Hello from Python, 你好")
    print(f"the server has #{sent['seq']}")
    while (heard := quentin.message()) is not None and heard["seq"] < sent["seq"]:
        pass
    assert heard is not None, "nothing came"
    print(f"quentin hears  #{heard['seq']} {heard['sender']}: {heard['content']['text']}")

    links[-1].cut()
    print("the connection is cut")
    missed = pia.send("d:pia:quentin", "You missed this")
    print(f"quentin is back; resumed: {quentin.connect()['resumed']}")
    heard = quentin.message()
    assert heard is not None and heard["seq"] == missed["seq"], f"expected #{missed['seq']}, got {heard}"
    print(f"quentin hears  #{heard['seq']} {heard['sender']}: {heard['content']['text']}")
    links[-1].close()


if __name__ == "__main__":
    main()
