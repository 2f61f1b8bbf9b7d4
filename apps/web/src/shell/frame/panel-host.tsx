/** Shows the open dialog; each is loaded when it is first wanted. */
import { onDemand, Overlay } from "../../ui/index.ts";
import { closePanel, usePanel } from "./panels.ts";

const NewChat = onDemand(() => import("../people/new-chat.tsx"));
const NewGroup = onDemand(() => import("../people/new-group.tsx"));
const AddPeople = onDemand(() => import("../people/add-people.tsx"));
const MyLink = onDemand(() => import("../links/my-link.tsx"));
const InviteLink = onDemand(() => import("../links/invite-link.tsx"));
const Rename = onDemand(() => import("../details/rename.tsx"));
const OwnName = onDemand(() => import("../settings/own-name.tsx"));
const Shortcuts = onDemand(() => import("./shortcuts-dialog.tsx"));

export function PanelHost() {
  const panel = usePanel();
  if (panel === undefined) return null;
  const close = () => closePanel(panel);
  const shown = () => {
    switch (panel.kind) {
      case "newChat":
        return <NewChat onClose={close} />;
      case "newGroup":
      case "newChannel":
        return <NewGroup channel={panel.kind === "newChannel"} onClose={close} />;
      case "myLink":
        return <MyLink onClose={close} />;
      case "invite":
        return <InviteLink conversation={panel.conversation} onClose={close} />;
      case "rename":
        return <Rename conversation={panel.conversation} onClose={close} />;
      case "addPeople":
        return <AddPeople conversation={panel.conversation} onClose={close} />;
      case "ownName":
        return <OwnName onClose={close} />;
      case "shortcuts":
        return <Shortcuts onClose={close} />;
    }
  };
  return <Overlay onClose={close}>{shown()}</Overlay>;
}
