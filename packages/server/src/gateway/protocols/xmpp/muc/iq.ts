import type { IqTable } from "../iq/iq.ts";
export const serviceIqs: IqTable = {};
export const roomIqs: IqTable = {};
