import { useEffect, useState } from "react";
import { actions, type InvitePreview } from "../../model/index.ts";

export interface Invite {
  readonly preview?: InvitePreview;
  /** What the server, or the way to it, refused. */
  readonly failure?: unknown;
}

const nothingYet: Invite = {};

/** What an invite link leads to; neither is there while it is asked for. Another `attempt` asks again. */
export function useInvite(token: string, attempt = 0): Invite {
  const [invite, setInvite] = useState(nothingYet);
  useEffect(() => {
    let current = true;
    setInvite(nothingYet);
    actions.peekInvite(token).then(
      (preview) => {
        if (current) setInvite({ preview });
      },
      (failure: unknown) => {
        if (current) setInvite({ failure });
      },
    );
    return () => {
      current = false;
    };
  }, [token, attempt]);
  return invite;
}
