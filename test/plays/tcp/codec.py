"""Says what the example's frame layer makes of bytes: JSON lists in hex on standard input, and what came of them on standard output."""

import json
import sys

from godwit_tcp import FrameReader, decode_numbers, encode_control, encode_frame


def read(pieces):
    reader, frames = FrameReader(), []
    try:
        for piece in pieces:
            for flags, channel, payload in reader.feed(bytes.fromhex(piece)):
                frames.append([flags, channel, payload.hex()])
    except ValueError:
        return {"frames": frames, "outcome": "refused"}
    return {"frames": frames, "outcome": "partial" if reader._rest else "frames"}


def say(number, values, text):
    payload = encode_control(number, *values, text=text)
    decoded, at = decode_numbers(payload, 1, len(values))
    assert decoded == values and payload[at:].decode() == text
    return payload.hex()


asked = json.load(sys.stdin)
json.dump(
    {
        "read": [read(pieces) for pieces in asked["read"]],
        "written": [encode_frame(channel, bytes.fromhex(payload), flags).hex() for flags, channel, payload in asked["write"]],
        "said": [say(*each) for each in asked["say"]],
    },
    sys.stdout,
)
