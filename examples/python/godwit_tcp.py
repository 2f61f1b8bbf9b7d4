"""Binary TCP of Godwit with nothing but Python's standard library (3.10 or later): one connection, and a channel for each session.

What is spoken is written in docs/protocols/tcp.md. It blocks, and belongs to one thread.
"""

from __future__ import annotations

import json
import socket
import ssl
import time
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

VERSION, COMPRESSED = 1, 0x01
HELLO, WELCOME, OPEN, CLOSE, CREDIT = 1, 2, 3, 4, 5
FRAME_BYTES_MAX, CONTROL_BYTES_MAX, COMPRESS_BYTES_MIN = 262_144, 4_096, 96
FRAME_COST_MIN, WINDOW_BYTES = 64, 262_144
TIMEOUT_S = 10.0

Frame = dict[str, Any]


class Closed(ConnectionError):
    """A channel or its connection ended. Codes of 4500 and up mean: do not come back as you are."""

    def __init__(self, code: int, reason: str = "") -> None:
        super().__init__(f"closed with {code} {reason}".rstrip())
        self.code = code
        self.final = code >= 4500


def encode_varint(value: int) -> bytes:
    """An unsigned LEB128 number below 2^28 in its shortest form."""
    if not 0 <= value < 2**28:
        raise ValueError(f"{value} is not below 2^28")
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out + bytes([value]))


def decode_varint(data: bytes | bytearray, at: int) -> tuple[int, int] | None:
    """The number at `at` and where it ends; None if its bytes have not all come."""
    value = 0
    for index in range(4):
        if at + index >= len(data):
            return None
        byte = data[at + index]
        value |= (byte & 0x7F) << 7 * index
        if byte < 0x80:
            if byte == 0 and index > 0:
                raise ValueError("a number is not in its shortest form")
            return value, at + index + 1
    raise ValueError("a number has more than 28 bits")


def encode_frame(channel: int, payload: bytes, flags: int = 0) -> bytes:
    return bytes([VERSION << 5 | flags]) + encode_varint(channel) + encode_varint(len(payload)) + payload


def decode_numbers(data: bytes, at: int, count: int) -> tuple[list[int], int]:
    """So many numbers, and where the last one ends."""
    values: list[int] = []
    for _ in range(count):
        if (found := decode_varint(data, at)) is None:
            raise ValueError("a control message is too short")
        values.append(found[0])
        at = found[1]
    return values, at


def encode_control(number: int, *values: int, text: str = "") -> bytes:
    """A message of channel 0: its number, more numbers, and text."""
    return bytes([number]) + b"".join(map(encode_varint, values)) + text.encode()


class FrameReader:
    """Cuts a stream of bytes into frames of (flags, channel, payload). Holds at most one unfinished frame and what came with it."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> Iterator[tuple[int, int, bytes]]:
        self._rest += data
        while (found := self._header()) is not None:
            flags, channel, start, end = found
            if end > len(self._rest):
                return
            payload = bytes(self._rest[start:end])
            del self._rest[:end]
            yield flags, channel, payload

    def _header(self) -> tuple[int, int, int, int] | None:
        rest = self._rest
        if not rest:
            return None
        if rest[0] >> 5 != VERSION or rest[0] & 0x1C:
            raise ValueError(f"no frame begins with {rest[0]:#x}")
        if (channel := decode_varint(rest, 1)) is None or (length := decode_varint(rest, channel[1])) is None:
            return None
        if not 0 < length[0] <= (FRAME_BYTES_MAX if channel[0] > 0 else CONTROL_BYTES_MAX):
            raise ValueError(f"a frame of {length[0]} bytes")
        return rest[0] & 0x1F, channel[0], length[1], length[1] + length[0]


def inflate(payload: bytes) -> bytes:
    """Raw deflate (RFC 1951), each frame by itself, and never beyond the largest frame."""
    inflater = zlib.decompressobj(-15)
    data = inflater.decompress(payload, FRAME_BYTES_MAX)
    if not inflater.eof:
        raise ValueError("a compressed frame is broken or too large")
    return data


def deflate(data: bytes) -> bytes:
    deflater = zlib.compressobj(wbits=-15)
    return deflater.compress(data) + deflater.flush()


class Link:
    """One connection, with a channel for each session. `tcp://host:8481` or `tls://host:8481`."""

    def __init__(self, url: str, *, compression: bool = False, tls: ssl.SSLContext | None = None) -> None:
        address = urlsplit(url)
        if address.scheme not in ("tcp", "tls") or address.hostname is None:
            raise ValueError(f"{url} is neither tcp:// nor tls://")
        self.socket = socket.create_connection((address.hostname, address.port or 8481), TIMEOUT_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if address.scheme == "tls":
            context = tls or ssl.create_default_context()
            self.socket = context.wrap_socket(self.socket, server_hostname=address.hostname)
        self._reader = FrameReader()
        self._channels: dict[int, Channel] = {}
        self._opened = 0
        self._window = 0
        self._end: Closed | None = None
        self.compression = False
        hello: Frame = {"codec": "json", "windowBytes": WINDOW_BYTES}
        self.say(HELLO, text=json.dumps(hello | ({"compression": ["deflate"]} if compression else {})))
        if not self.wait(lambda: self._window > 0, TIMEOUT_S):
            raise Closed(1006, "no welcome")

    def channel(self) -> Channel:
        """Opens the next channel. Numbers are not used twice."""
        self._opened += 1
        self.say(OPEN, self._opened)
        channel = self._channels[self._opened] = Channel(self, self._opened, self._window)
        return channel

    def say(self, number: int, *values: int, text: str = "") -> None:
        self.write(0, encode_control(number, *values, text=text))

    def write(self, channel: int, payload: bytes, flags: int = 0) -> None:
        if self._end is not None:
            raise self._end
        try:
            self.socket.settimeout(TIMEOUT_S)
            self.socket.sendall(encode_frame(channel, payload, flags))
        except OSError as error:
            self._lose(Closed(1006, str(error)))
            raise Closed(1006, str(error)) from error

    def wait(self, done: Callable[[], bool], timeout_s: float) -> bool:
        """Takes what comes, for whichever channel, until `done`; False if that takes too long."""
        deadline = time.monotonic() + timeout_s
        while not done():
            if self._end is not None:
                raise self._end
            rest_s = deadline - time.monotonic()
            if rest_s <= 0:
                return False
            self.socket.settimeout(rest_s)
            try:
                data = self.socket.recv(65_536)
            except TimeoutError:
                return False
            except OSError as error:
                self._lose(Closed(1006, str(error)))
                continue
            if not data:
                self._lose(Closed(1006, "the server hung up"))
            try:
                for flags, channel, payload in self._reader.feed(data):
                    if channel == 0:
                        self._control(payload)
                    elif channel in self._channels:
                        self._channels[channel].arrived(flags, payload)
            except ValueError as error:
                self._lose(Closed(1002, str(error)))
        return True

    def forget(self, channel: int) -> None:
        self._channels.pop(channel, None)

    def cut(self) -> None:
        """Ends without a word, as a phone in a tunnel does."""
        self._lose(Closed(1006, "cut"))

    def close(self) -> None:
        if self._end is None:
            self.say(CLOSE, 0, 1000)
            self._lose(Closed(1000))

    def _lose(self, end: Closed) -> None:
        self._end = self._end or end
        self.socket.close()
        for channel in self._channels.values():
            channel.end = channel.end or self._end

    def _control(self, payload: bytes) -> None:
        number = payload[0]
        if number == WELCOME:
            welcome = json.loads(payload[1:])
            self._window = welcome["windowBytes"]
            self.compression = welcome.get("compression") == "deflate"
        elif number == CLOSE:
            (channel, code), at = decode_numbers(payload, 1, 2)
            end = Closed(code, payload[at:].decode())
            if channel == 0:
                self._lose(end)
            elif (closed := self._channels.pop(channel, None)) is not None:
                closed.end = end
        elif number == CREDIT:
            (channel, granted), _ = decode_numbers(payload, 1, 2)
            if channel in self._channels:
                self._channels[channel].credit += granted
        # Other numbers are newer than this client, and are ignored.


class Channel:
    """One session's connection among others. Frames wait here until they are asked for; credit bounds how many."""

    def __init__(self, link: Link, number: int, credit: int) -> None:
        self.link, self.number, self.credit = link, number, credit
        self.end: Closed | None = None
        self._arrived: deque[tuple[int, bytes]] = deque()
        # What the server may still send, and what was taken of that and not granted again yet.
        self._allowed, self._taken = WINDOW_BYTES, 0

    def send(self, frame: Frame) -> None:
        """Waits while the server takes no more."""
        if not self.link.wait(lambda: self.credit > 0 or self.end is not None, TIMEOUT_S):
            raise Closed(1006, "the server takes nothing any more")
        if self.end is not None:
            raise self.end
        payload = json.dumps(frame, separators=(",", ":"), ensure_ascii=False).encode()
        smaller = deflate(payload) if self.link.compression and len(payload) >= COMPRESS_BYTES_MIN else payload
        flags, payload = (COMPRESSED, smaller) if len(smaller) < len(payload) else (0, payload)
        self.credit -= max(len(payload), FRAME_COST_MIN)
        self.link.write(self.number, payload, flags)

    def receive(self, timeout_s: float) -> Frame | None:
        """The next frame; None if there is none in time. What is taken here is granted to the server again."""
        if not self._arrived and not self.link.wait(lambda: bool(self._arrived) or self.end is not None, timeout_s):
            return None
        if not self._arrived:
            raise self.end or Closed(1006)
        flags, payload = self._arrived.popleft()
        self._taken += max(len(payload), FRAME_COST_MIN)
        if self._taken * 2 >= WINDOW_BYTES and self.end is None:
            self.link.say(CREDIT, self.number, self._taken)
            self._allowed += self._taken
            self._taken = 0
        return json.loads(inflate(payload) if flags & COMPRESSED else payload)

    def arrived(self, flags: int, payload: bytes) -> None:
        if self._allowed <= 0:
            raise ValueError("the server sent more than it may")
        self._allowed -= max(len(payload), FRAME_COST_MIN)
        self._arrived.append((flags, payload))

    def close(self) -> None:
        if self.end is None:
            self.end = Closed(1000)
            self.link.forget(self.number)
            self.link.say(CLOSE, self.number, 1000)
