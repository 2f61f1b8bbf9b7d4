/** Files, pictures and places in messages: what may be shown of them, and where they lead. */
import type { ContentKind } from "../../model/index.ts";

export interface Media {
  /** Where the file is, or undefined if the address is not one to follow. */
  readonly href: string | undefined;
  readonly name: string | undefined;
  readonly sizeBytes: number | undefined;
  /** A picture of this server to show in place. Those of others are only linked: showing them would tell their server who reads. */
  readonly inlineUrl: string | undefined;
  readonly width: number | undefined;
  readonly height: number | undefined;
}

const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);
const count = (value: unknown) =>
  typeof value === "number" && Number.isFinite(value) && value > 0 ? value : undefined;

/** An address that begins with http, https or /, made whole. */
function hrefOf(value: unknown, origin: string): URL | undefined {
  const given = text(value);
  if (given === undefined || !URL.canParse(given, origin)) return undefined;
  const url = new URL(given, origin);
  return url.protocol === "http:" || url.protocol === "https:" ? url : undefined;
}

/** Reads the content of an image, file, audio or video; what is not of the form is left out. `origin` is that of the page. */
export function readMedia(
  kind: ContentKind,
  content: Readonly<Record<string, unknown>>,
  origin: string,
): Media {
  const url = hrefOf(content["url"], origin);
  const own = url?.origin === origin ? url.href : undefined;
  return {
    href: url?.href,
    name: text(content["name"]),
    sizeBytes: count(content["size"]),
    inlineUrl: kind === "image" ? own : undefined,
    width: count(content["width"]),
    height: count(content["height"]),
  };
}

/** A link to a map, by the `geo` fields of a location; undefined if they are no place on earth. */
export function readPlace(content: Readonly<Record<string, unknown>>): string | undefined {
  const { lat, lon } = content as { lat?: unknown; lon?: unknown };
  if (typeof lat !== "number" || typeof lon !== "number") return undefined;
  if (!(Math.abs(lat) <= 90 && Math.abs(lon) <= 180)) return undefined;
  return `https://www.openstreetmap.org/?mlat=${String(lat)}&mlon=${String(lon)}#map=15/${String(lat)}/${String(lon)}`;
}

const units = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;

/** A size as people write it: 1.4 MB. */
export function formatBytes(bytes: number, locale: string): string {
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
  return new Intl.NumberFormat(locale, {
    style: "unit",
    unit: units[power] ?? "byte",
    unitDisplay: power === 0 ? "long" : "short",
    maximumFractionDigits: 1,
  }).format(bytes / 1_000 ** power);
}
