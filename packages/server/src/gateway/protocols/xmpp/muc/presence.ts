export async function roomPresence(..._: unknown[]): Promise<void> {}
