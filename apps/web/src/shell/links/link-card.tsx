/** A link as a code to scan and as text to copy or share. */
import { Check, Copy, Share2 } from "lucide-react";
import { useEffect, useState } from "react";
import { encode } from "uqr";
import { useT } from "../../i18n/index.ts";
import { Button, toastError } from "../../ui/index.ts";

/** Longer links get less redundancy, so that their modules stay big enough for a camera. */
const longLength = 120;

/** Dark modules as one path; the quiet zone of 4 modules that scanners need is part of it. */
function qrPath(text: string): { readonly path: string; readonly size: number } {
  const { data, size } = encode(text, { ecc: text.length > longLength ? "L" : "M", border: 4 });
  let path = "";
  data.forEach((row, y) =>
    row.forEach((dark, x) => {
      if (dark) path += `M${x} ${y}h1v1h-1z`;
    }),
  );
  return { path, size };
}

export function QrCode({ text, label }: { text: string; label: string }) {
  const { path, size } = qrPath(text);
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${size} ${size}`}
      shapeRendering="crispEdges"
      className="mx-auto block w-full max-w-60 rounded-2xl border border-line"
    >
      {/* Black on white in both themes: scanners expect it. */}
      <rect width={size} height={size} fill="#ffffff" />
      <path d={path} fill="#10201e" />
    </svg>
  );
}

/** Copies; in pages without the clipboard (plain http in a network) by the old way of a selected field. */
async function copyText(text: string, field: HTMLInputElement | null): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    field?.select();
    // The only way on pages without https; browsers keep it for that.
    // eslint-disable-next-line typescript/no-deprecated
    return document.execCommand("copy");
  }
}

export interface LinkCardProps {
  link: string;
  label: string;
  /** Words that go along when it is shared. */
  shareText: string;
}

export function LinkCard({ link, label, shareText }: LinkCardProps) {
  const t = useT();
  const [copied, setCopied] = useState(false);
  const [field, setField] = useState<HTMLInputElement | null>(null);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2_000);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async () => {
    const done = await copyText(link, field);
    setCopied(done);
    if (!done) toastError(t("action.copyFailed"));
  };
  const share = async () => {
    try {
      await navigator.share({ text: shareText, url: link });
    } catch (error) {
      // Closed without choosing is no failure.
      if (!(error instanceof Error && error.name === "AbortError")) await copy();
    }
  };
  const canShare = typeof navigator.share === "function";
  return (
    <div className="flex flex-col gap-4">
      <QrCode text={link} label={t("myLink.qr", { link })} />
      <input
        ref={setField}
        readOnly
        aria-label={label}
        value={link}
        onFocus={(event) => event.target.select()}
        className="h-10 w-full rounded-xl bg-sunken px-3 text-center text-sm text-ellipsis text-ink"
      />
      <div className="flex justify-center gap-2">
        <Button
          variant="primary"
          icon={copied ? <Check size={18} /> : <Copy size={18} />}
          onClick={() => void copy()}
        >
          <span aria-live="polite">{t(copied ? "action.copied" : "action.copy")}</span>
        </Button>
        {canShare && (
          <Button icon={<Share2 size={18} />} onClick={() => void share()}>
            {t("action.share")}
          </Button>
        )}
      </div>
    </div>
  );
}
