import { File, Image, MapPin, Music, Shapes, Video } from "lucide-react";
import { useLanguage } from "../../i18n/index.ts";
import type { ChatMessage } from "../../model/index.ts";
import { usePane } from "../pane/pane-context.ts";
import { formatBytes, readMedia, readPlace } from "../text/media.ts";

const icons = {
  image: Image,
  file: File,
  audio: Music,
  video: Video,
  location: MapPin,
  custom: Shapes,
} as const;

/** Pixels that a picture takes at most, so that its room is kept before it is loaded. */
const imageSideMax = 320;

function Picture({ message }: { message: ChatMessage }) {
  const { t } = usePane();
  const media = readMedia(message.kind, message.content, location.origin);
  if (media.inlineUrl === undefined) return <Card message={message} />;
  const { width = imageSideMax, height = imageSideMax * 0.75 } = media;
  const scale = Math.min(1, imageSideMax / Math.max(width, height));
  return (
    <a href={media.inlineUrl} target="_blank" rel="noopener noreferrer" className="block">
      <img
        src={media.inlineUrl}
        alt={media.name ?? t("chat.kind.image")}
        loading="lazy"
        decoding="async"
        width={Math.round(width * scale)}
        height={Math.round(height * scale)}
        className="h-auto max-w-full rounded-lg bg-sunken object-contain"
      />
    </a>
  );
}

/** A file, or whatever has no picture: its kind, its name and where it leads. */
function Card({ message }: { message: ChatMessage }) {
  const { t } = usePane();
  const language = useLanguage();
  const kind = message.kind === "text" || message.kind === "system" ? "custom" : message.kind;
  const Icon = icons[kind];
  const media = readMedia(kind, message.content, location.origin);
  const href = kind === "location" ? readPlace(message.content) : media.href;
  const title = media.name ?? (message.text === "" ? t(`chat.kind.${kind}`) : message.text);
  const inside = (
    <>
      <span className="flex size-10 shrink-0 items-center justify-center rounded-full bg-accent text-accent-ink">
        <Icon size={20} aria-hidden="true" />
      </span>
      <span className="min-w-0">
        <span dir="auto" className="block font-medium">
          {title}
        </span>
        {media.sizeBytes !== undefined && (
          <span className="block text-xs text-muted">{formatBytes(media.sizeBytes, language)}</span>
        )}
      </span>
    </>
  );
  const look = "flex items-center gap-3 py-1";
  if (href === undefined) return <span className={look}>{inside}</span>;
  return (
    <a
      href={href}
      target="_blank"
      rel="noopener noreferrer nofollow"
      className={`${look} hover:underline`}
    >
      {inside}
    </a>
  );
}

/** The content of a message that is not text. */
export function Attachment({ message }: { message: ChatMessage }) {
  return message.kind === "image" ? <Picture message={message} /> : <Card message={message} />;
}
