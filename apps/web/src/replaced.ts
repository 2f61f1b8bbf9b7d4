/**
 * Whether the server's page is of another version than this one, by the paths of the scripts that this one began with. False for a page that
 * does not begin with scripts at all, so that a gateway's sign-in page is never loaded over and over.
 */
export function isReplaced(html: string, entryPaths: readonly string[]): boolean {
  return /<script[^>]+src=/u.test(html) && !entryPaths.every((path) => html.includes(path));
}
