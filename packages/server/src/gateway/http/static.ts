/** Files of the web client from one folder: content types, caching, and nothing outside the folder. */
import { createReadStream, existsSync } from "node:fs";
import { readFile, realpath, stat } from "node:fs/promises";
import { extname, join, sep } from "node:path";
import { Readable } from "node:stream";
import { unusable } from "../../config/error.ts";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".map": "application/json; charset=utf-8",
  ".webmanifest": "application/manifest+json; charset=utf-8",
  ".txt": "text/plain; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".gif": "image/gif",
  ".webp": "image/webp",
  ".avif": "image/avif",
  ".ico": "image/x-icon",
  ".woff": "font/woff",
  ".woff2": "font/woff2",
  ".ttf": "font/ttf",
  ".wasm": "application/wasm",
  ".mp3": "audio/mpeg",
  ".ogg": "audio/ogg",
  ".mp4": "video/mp4",
  ".webm": "video/webm",
};

/** Bigger files are streamed instead of read whole. */
const wholeBytesMax = 1_048_576;
/** Names with a content hash, as bundlers make them under `assets`: `index-Bq3xk9aZ.js`. */
const hashed = /\/assets\/[^/]+[-.][A-Za-z0-9_-]{8,}\.[a-z0-9]+$/;

/** Routes of the client whose last part is a name of somebody's choice, which may have a dot in it. */
const clientRoute = /^(c|u|i|settings)\//;

/** What a page of the web client may load and do: everything from here, nothing inline but styles, no frames around it. */
const webClientPolicy =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' blob:; " +
  "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/** @throws ConfigError if a folder is configured that holds no web client */
export function checkWebDir(folder: string | undefined): void {
  if (folder === undefined || existsSync(join(folder, "index.html"))) return;
  throw unusable("webDir", new Error(`there is no index.html in ${folder}`));
}

interface Found {
  readonly file: string;
  readonly bytes: number;
  readonly etag: string;
}

/** The path below the folder that a URL path means; undefined for what must not be asked for (dot files, NUL, backslashes, bad escapes). */
export function safePath(urlPath: string): string | undefined {
  let path: string;
  try {
    path = decodeURIComponent(urlPath);
  } catch {
    return undefined;
  }
  if (path.includes("\0") || path.includes("\\")) return undefined;
  const segments = path.split("/").filter((segment) => segment !== "");
  return segments.some((segment) => segment.startsWith(".")) ? undefined : segments.join("/");
}

/** The regular file at this path, if it lies in the folder after all links are followed. */
async function find(folder: string, path: string): Promise<Found | undefined> {
  try {
    const root = await realpath(folder);
    const file = await realpath(join(root, path));
    if (!file.startsWith(root + sep)) return undefined;
    const { size, mtimeMs, isFile } = await stat(file).then((info) => ({
      size: info.size,
      mtimeMs: info.mtimeMs,
      isFile: info.isFile(),
    }));
    return isFile
      ? { file, bytes: size, etag: `"${size.toString(36)}-${Math.round(mtimeMs).toString(36)}"` }
      : undefined;
  } catch (error) {
    // Not there, or a path through a file, or too long a name: there is nothing to serve.
    if (
      ["ENOENT", "ENOTDIR", "ENAMETOOLONG", "ELOOP"].includes(
        (error as NodeJS.ErrnoException).code ?? "",
      )
    )
      return undefined;
    throw error;
  }
}

/** RFC 9110 section 13.1.2: weak comparison against a list of tags. */
function isFresh(ifNoneMatch: string | null, etag: string): boolean {
  if (ifNoneMatch === null) return false;
  return ifNoneMatch
    .split(",")
    .some((tag) => tag.trim() === "*" || tag.trim().replace(/^W\//, "") === etag);
}

/** The encodings that the build of the client makes beside its texts, the smaller first, and the ends of their names. */
const encodings: readonly (readonly [name: string, ending: string])[] = [
  ["br", ".br"],
  ["gzip", ".gz"],
];

/** RFC 9110 section 12.5.3, as far as browsers go: a named encoding is accepted unless its weight is 0. */
function accepts(acceptEncoding: string, name: string): boolean {
  return acceptEncoding.split(",").some((part) => {
    const [coding = "", ...params] = part
      .trim()
      .toLowerCase()
      .split(/\s*;\s*/);
    return coding === name && !params.some((param) => /^q=0(\.0*)?$/.test(param));
  });
}

/** The smallest form of a file that the caller takes. */
async function smallest(
  folder: string,
  path: string,
  request: Request,
): Promise<(Found & { readonly encoding?: string }) | undefined> {
  const plain = await find(folder, path);
  const accepted = request.headers.get("accept-encoding") ?? "";
  if (plain === undefined || accepted === "") return plain;
  for (const [encoding, ending] of encodings) {
    if (!accepts(accepted, encoding)) continue;
    const found = await find(folder, path + ending);
    if (found !== undefined) return { ...found, encoding };
  }
  return plain;
}

async function respond(
  request: Request,
  urlPath: string,
  { file, bytes, etag, encoding }: Found & { readonly encoding?: string },
): Promise<Response> {
  const name = encoding === undefined ? file : file.slice(0, -extname(file).length);
  const type = types[extname(name).toLowerCase()] ?? "application/octet-stream";
  const headers = new Headers({
    "content-type": type,
    etag,
    vary: "accept-encoding",
    ...(encoding === undefined ? {} : { "content-encoding": encoding }),
    "cache-control": hashed.test(urlPath) ? "public, max-age=31536000, immutable" : "no-cache",
    // On scripts too: a service worker and other workers live by the policy that came with their own file.
    "content-security-policy": webClientPolicy,
  });
  if (isFresh(request.headers.get("if-none-match"), etag))
    return new Response(null, { status: 304, headers });
  headers.set("content-length", String(bytes));
  if (request.method === "HEAD") return new Response(null, { headers });
  const body =
    bytes <= wholeBytesMax
      ? await readFile(file)
      : (Readable.toWeb(createReadStream(file)) as unknown as ReadableStream);
  return new Response(body, { headers });
}

/**
 * Answers GET and HEAD from the folder; undefined if there is nothing to serve (no folder, or a file that is not there).
 * Paths without an extension that a browser navigates to are routes of the client: they get its index.html.
 */
export async function serveStatic(folder: string, request: Request): Promise<Response | undefined> {
  const urlPath = new URL(request.url).pathname;
  const path = safePath(urlPath);
  if (path === undefined) return undefined;
  const found = path === "" ? undefined : await smallest(folder, path, request);
  if (found !== undefined) return respond(request, urlPath, found);
  const navigates =
    path === "" ||
    ((extname(path) === "" || clientRoute.test(path)) &&
      (request.headers.get("accept") ?? "").includes("text/html"));
  const index = navigates ? await smallest(folder, "index.html", request) : undefined;
  return index === undefined ? undefined : respond(request, "/index.html", index);
}
