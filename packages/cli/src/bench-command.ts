import type { Context } from "./context.ts";

/** Hands over to the load generator; it parses its own arguments. */
export async function bench(_context: Context, argv: readonly string[]): Promise<number> {
  const { benchCommand } = await import("@godwit/bench");
  return benchCommand([...argv]);
}

/** Hands over to the crash drills; they parse their own arguments. */
export async function drill(_context: Context, argv: readonly string[]): Promise<number> {
  const { drillCommand } = await import("@godwit/bench");
  return drillCommand([...argv]);
}
