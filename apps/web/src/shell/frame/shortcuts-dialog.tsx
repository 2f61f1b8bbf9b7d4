import { type TextKey, useT } from "../../i18n/index.ts";
import { Dialog } from "../../ui/index.ts";
import { modKey } from "./shortcuts.ts";

type Line = readonly [
  Exclude<Extract<TextKey, `shortcuts.${string}`>, "shortcuts.title">,
  readonly string[],
];

const lines: readonly Line[] = [
  ["shortcuts.search", [modKey, "K"]],
  ["shortcuts.previous", ["Alt", "↑"]],
  ["shortcuts.next", ["Alt", "↓"]],
  ["shortcuts.list", ["↑", "↓"]],
  ["shortcuts.open", ["Enter"]],
  ["shortcuts.menu", ["Shift", "F10"]],
  ["shortcuts.send", ["Enter"]],
  ["shortcuts.newline", ["Shift", "Enter"]],
  ["shortcuts.back", ["Esc"]],
  ["shortcuts.help", ["?"]],
];

export default function ShortcutsDialog({ onClose }: { onClose: () => void }) {
  const t = useT();
  return (
    <Dialog open size="sm" title={t("shortcuts.title")} onClose={onClose}>
      <dl className="divide-y divide-line">
        {lines.map(([key, keys]) => (
          <div key={key} className="flex items-center gap-3 py-2">
            <dt className="flex-1 text-sm">{t(key)}</dt>
            <dd className="flex gap-1">
              {keys.map((name) => (
                <kbd
                  key={name}
                  className="min-w-7 rounded-md border border-line bg-sunken px-1.5 py-0.5 text-center font-sans text-xs"
                >
                  {name}
                </kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
