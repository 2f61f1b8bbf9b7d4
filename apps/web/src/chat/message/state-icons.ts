import { Check, CheckCheck, CircleAlert, Clock3 } from "lucide-react";

/** How far an own message has come, as a picture. */
export const stateIcons = {
  queued: Clock3,
  sent: Check,
  delivered: CheckCheck,
  read: CheckCheck,
  failed: CircleAlert,
} as const;
