/** The sockets that the SDK loads by itself, on Node and Bun, when one is needed. */
import { NodeSocket } from "./node-socket.ts";
import { direct, type SocketConstructor } from "./socket.ts";
import { tcp } from "./tcp.ts";

const TcpSocket = tcp();

export function platformSocket(url: string): SocketConstructor {
  return direct(url) === "tcp" ? TcpSocket : NodeSocket;
}
