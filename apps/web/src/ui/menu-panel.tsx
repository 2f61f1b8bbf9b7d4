import { Menu } from "@base-ui/react/menu";
import { Check } from "lucide-react";
import { useMemo } from "react";
import { cx } from "./class-names.ts";
import type { MenuEntry, OpenMenu } from "./menu-entries.ts";
import { floatingLook, placeOf } from "./overlay.ts";

function Row({ entry, anyChecked }: { entry: MenuEntry; anyChecked: boolean }) {
  const look = cx(
    "flex min-h-10 cursor-default items-center gap-3 rounded-lg px-3 py-2 text-sm outline-none select-none",
    "data-[disabled]:opacity-45 data-[highlighted]:bg-hover",
    entry.tone === "danger" && "text-danger-text data-[highlighted]:bg-danger-soft",
  );
  const inside = (
    <>
      {entry.icon !== undefined && <span className="shrink-0 opacity-80">{entry.icon}</span>}
      <span className="flex-1">{entry.label}</span>
      {anyChecked && (
        <Check size={16} aria-hidden="true" className={cx(entry.checked !== true && "invisible")} />
      )}
    </>
  );
  if (entry.checked === undefined)
    return (
      <Menu.Item className={look} disabled={entry.disabled ?? false} onClick={entry.onSelect}>
        {inside}
      </Menu.Item>
    );
  return (
    <Menu.RadioItem
      className={look}
      value={entry.id}
      disabled={entry.disabled ?? false}
      closeOnClick
      onClick={entry.onSelect}
    >
      {inside}
    </Menu.RadioItem>
  );
}

/** The menu itself: arrow keys, type-ahead, Escape and the focus come from Base UI. */
export default function MenuPanel({ menu, onClose }: { menu: OpenMenu; onClose: () => void }) {
  const anyChecked = menu.items.some(({ checked }) => checked !== undefined);
  const { anchor } = menu;
  const place = useMemo(() => placeOf(anchor), [anchor]);
  const rows = menu.items.map((entry) => (
    <div key={entry.id} role="none">
      {entry.divided === true && <Menu.Separator className="mx-2 my-1.5 h-px bg-line" />}
      <Row entry={entry} anyChecked={anyChecked} />
    </div>
  ));
  return (
    <Menu.Root
      open
      modal={false}
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
    >
      {/* A region, because content outside of landmarks is easily missed. */}
      <Menu.Portal
        role="region"
        aria-label={menu.label}
        className="[&_[data-base-ui-focus-guard]]:hidden"
      >
        <Menu.Positioner
          anchor={place}
          side="bottom"
          align={menu.align}
          sideOffset={anchor instanceof Element ? 6 : 2}
          collisionPadding={8}
          className="z-50 outline-none"
        >
          <Menu.Popup
            aria-label={menu.label}
            className={cx(floatingLook, "min-w-48 max-w-[min(20rem,calc(100vw-1rem))] p-1.5")}
            finalFocus={() => menu.returnTo ?? true}
            onKeyDown={(event) => {
              // Tab leaves a menu: back to where it was opened.
              if (event.key !== "Tab") return;
              event.preventDefault();
              onClose();
            }}
          >
            {anyChecked ? (
              <Menu.RadioGroup value={menu.items.find(({ checked }) => checked)?.id}>
                {rows}
              </Menu.RadioGroup>
            ) : (
              rows
            )}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
