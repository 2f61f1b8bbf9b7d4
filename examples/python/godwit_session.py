"""A device of a user: commands, events, and what it takes to lose nothing when connections do. See docs/protocol.md.

What a full client does besides it leaves to its caller: keeping what it has on disk, `sync` when the welcome asks for it, and filling gaps with
`history`.
"""

from __future__ import annotations

import time
import uuid
from collections import deque
from collections.abc import Callable
from typing import Any

from godwit_tcp import TIMEOUT_S, Channel, Closed, Frame

COUNTED = ("message", "receipt", "conversation")
ACKNOWLEDGE_EVERY = 64
EVENTS_MAX = 10_000
RETRY_AFTER_S = (0.1, 1.0, 5.0)


class CommandError(Exception):
    """The server refused a command; `error` is its error frame."""

    def __init__(self, error: Frame) -> None:
        super().__init__(f"{error['name']}: {error['message']}")
        self.error = error


class Session:
    """One device of one user. `dial` gives a channel, now and after every loss."""

    def __init__(self, dial: Callable[[], Channel], token: str, device: str) -> None:
        self._dial, self._token, self.device = dial, token, device
        self._events: deque[Frame] = deque()
        self._last_id = 0
        self._acknowledged = 0
        self._highest: dict[str, int] = {}
        self.client_seq = 0
        self.position = 0
        self.welcome: Frame = {}
        self.connect()

    def connect(self) -> Frame:
        """Says hello on a new channel, and picks the session up if there was one. If the welcome says `syncRequired`, call `sync`."""
        self._channel = self._dial()
        hello: Frame = {"token": self._token, "device": self.device, "client": "python-example/1"}
        if self.welcome:
            hello["resume"] = {"session": self.welcome["session"], "position": self.position}
        try:
            self.welcome = self.call("hello", **hello)
        except CommandError:
            self.close()
            raise
        return self.welcome

    def call(self, command: str, **params: Any) -> Frame:
        """Gives a command and returns its reply. Events that come meanwhile wait."""
        self._last_id += 1
        self._channel.send({"type": command, "id": self._last_id, **params})
        while (frame := self._channel.receive(TIMEOUT_S)) is not None:
            if "id" not in frame:
                self._took(frame)
            elif frame["id"] != self._last_id:
                continue  # Of a command that nobody waits for any more.
            elif frame["type"] == "error":
                raise CommandError(frame)
            else:
                # At once, because missed events follow the welcome.
                if command == "hello":
                    self.position = self._acknowledged = frame["position"]
                return frame
        self.close()
        raise Closed(1006, f"no reply to {command}")

    def send(self, conversation: str, text: str) -> Frame:
        """Sends a text. The reply says that it is on disk. After a loss, or if the server is busy, it is sent again as it was: that stores nothing twice."""
        self.client_seq += 1
        draft = {"conversation": conversation, "clientId": str(uuid.uuid4()), "clientSeq": self.client_seq}
        for wait_s in RETRY_AFTER_S:
            try:
                if self._channel.end is not None:
                    self.connect()
                return self.call("send", **draft, kind="text", content={"text": text})
            except ConnectionError as end:
                if isinstance(end, Closed) and end.final:
                    raise
            except CommandError as refusal:
                if not refusal.error["retryable"]:
                    raise
                wait_s = max(wait_s, refusal.error.get("retryAfterMs", 0) / 1000)
            time.sleep(wait_s)
        raise Closed(1006, "the message could not be sent")

    def event(self, timeout_s: float = TIMEOUT_S) -> Frame | None:
        """The next event; None if none comes in time. Keeps the session alive meanwhile."""
        deadline = time.monotonic() + timeout_s
        while not self._events:
            rest_s = deadline - time.monotonic()
            if rest_s <= 0:
                return None
            beat_s = self.welcome["heartbeatMs"] / 1000
            frame = self._channel.receive(min(rest_s, beat_s))
            if frame is not None:
                self._took(frame)
            elif rest_s > beat_s:
                self.call("ping", position=self.position)
        if self.position - self._acknowledged >= ACKNOWLEDGE_EVERY:
            self._acknowledged = self.position
            self._channel.send({"type": "received", "position": self.position})
        return self._events.popleft()

    def message(self, timeout_s: float = TIMEOUT_S) -> Frame | None:
        """The next message of anybody."""
        while (event := self.event(timeout_s)) is not None:
            if event["type"] == "message":
                return event["message"]
        return None

    def close(self) -> None:
        self._channel.close()

    def _took(self, frame: Frame) -> None:
        if frame["type"] == "sync_required":
            self.position = frame.get("position", self.position)
        if frame["type"] in COUNTED:
            self.position += 1
        if frame["type"] == "message":
            conversation, seq = frame["message"]["conversation"], frame["message"]["seq"]
            # A replay may bring again what came before.
            if seq <= self._highest.get(conversation, 0):
                return
            self._highest[conversation] = seq
        if len(self._events) >= EVENTS_MAX:
            raise OverflowError("events are not taken; call event() or message()")
        self._events.append(frame)
