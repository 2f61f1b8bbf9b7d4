export function roomMessage(..._: unknown[]): Promise<void> | undefined {
  return undefined;
}
