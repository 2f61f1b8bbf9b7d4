export function showRoomEvent(..._: unknown[]): void {}
export function showRoomReceipt(..._: unknown[]): void {}
export function showRoomTyping(..._: unknown[]): void {}
export function showRoomPresence(..._: unknown[]): void {}
