import { useState } from "react";
import { useT } from "../../i18n/index.ts";
import { useFormat } from "../../i18n/use-format.ts";
import { actions, type InviteLink, useConversation } from "../../model/index.ts";
import { Button, Dialog } from "../../ui/index.ts";
import { useTask } from "../hooks.ts";
import { linkTo } from "./addresses.ts";
import { LinkCard } from "./link-card.tsx";
import { useLanOrigin } from "./lan-origin.ts";
import { LocalNote } from "./my-link.tsx";

/** Hours that can be chosen. */
const choices = [1, 24, 168, 720] as const;
const hoursDefault = 168;

/** Makes a link by which others join a group. */
export default function InviteLinkDialog(props: { conversation: string; onClose: () => void }) {
  const { conversation, onClose } = props;
  const t = useT();
  const format = useFormat();
  const lan = useLanOrigin();
  const title = useConversation(conversation)?.title ?? "";
  const [hours, setHours] = useState<number>(hoursDefault);
  const [invite, setInvite] = useState<InviteLink>();
  const [busy, run] = useTask();
  const make = () =>
    run(async () => setInvite(await actions.createInvite(conversation, { hours })));
  const words = (value: number) =>
    value < 24 ? t("invite.hour", { count: value }) : t("invite.day", { count: value / 24 });
  return (
    <Dialog open title={t("invite.title")} description={t("invite.text")} onClose={onClose}>
      <fieldset className="mb-4">
        <legend className="mb-2 text-sm font-medium">{t("invite.hours")}</legend>
        <div className="flex flex-wrap gap-2">
          {choices.map((value) => (
            <label
              key={value}
              className="flex h-9 cursor-pointer items-center rounded-full border border-line px-3.5 text-sm has-checked:border-accent has-checked:bg-accent-soft has-checked:text-accent-text has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent-text"
            >
              <input
                type="radio"
                name="hours"
                className="sr-only"
                checked={hours === value}
                onChange={() => {
                  setHours(value);
                  setInvite(undefined);
                }}
              />
              {words(value)}
            </label>
          ))}
        </div>
      </fieldset>
      {invite === undefined ? (
        <Button variant="primary" className="w-full" busy={busy} onClick={make}>
          {t("invite.make")}
        </Button>
      ) : (
        <>
          <LinkCard
            link={linkTo({ page: "invite", token: invite.token }, location, lan)}
            label={t("invite.title")}
            shareText={t("invite.shareText", { title })}
          />
          <p className="mt-3 text-center text-sm text-muted">
            {t("invite.until", { time: format.dateTime(invite.expiresAt) })}
          </p>
          <LocalNote lan={lan} />
        </>
      )}
    </Dialog>
  );
}
