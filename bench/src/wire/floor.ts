import { opcodes } from "../load/frames.ts";
import { floorFrame } from "./floor-frames.ts";
import type { Ears, Hello, Route, Wire } from "./wire.ts";

/** The wire of the floor programs; see floor-frames.ts. */
export const floorWire: Wire = {
  name: "floor",
  carrier: { by: "websocket", subprotocol: undefined, opcode: opcodes.binary },

  probe: (hello) => floorWire.hello(hello),

  hello({ user }: Hello): Uint8Array {
    const frame = Buffer.alloc(5);
    frame[0] = floorFrame.hello;
    frame.writeUInt32LE(user, 1);
    return frame;
  },

  command(type): never {
    throw new Error(`the floor knows no ${type}`);
  },

  received(): undefined {
    return undefined;
  },

  sender({ receiver }: Route, payloadBytes: number) {
    const template = Buffer.alloc(floorFrame.headBytes + payloadBytes, "x");
    template[0] = floorFrame.send;
    template.writeUInt32LE(receiver, 5);
    template.writeUInt32LE(0, 9);
    return (out, at, n) => {
      template.writeUInt32LE(n, 1);
      template.copy(out, at);
      return at + template.length;
    };
  },

  hear(bytes: Buffer, from: number, to: number, ears: Ears): void {
    switch (bytes[from]) {
      case floorFrame.send:
        ears.acknowledged(bytes.readUInt32LE(from + 1), bytes.readUInt32LE(from + 5));
        return;
      case floorFrame.deliver:
        ears.message(
          bytes.readUInt32LE(from + 5),
          bytes.readUInt32LE(from + 1),
          bytes.readUInt32LE(from + 9),
        );
        return;
      case floorFrame.hello:
        ears.welcome({
          session: "",
          position: 0,
          resumed: false,
          syncRequired: false,
          heartbeatMs: 0,
        });
        return;
      default:
        throw new Error(`a floor frame of ${to - from} bytes and type ${String(bytes[from])}`);
    }
  },
};
