import type { ProfileView } from "../../model/index.ts";

/** A person's name, and below it the user name where that is another. */
export function PersonLine({ person, note }: { person: ProfileView; note?: string }) {
  const below = note ?? (person.name === person.id ? undefined : `@${person.id}`);
  return (
    <span className="min-w-0 flex-1">
      <span className="block truncate font-medium">{person.name}</span>
      {below !== undefined && <span className="block truncate text-sm text-muted">{below}</span>}
    </span>
  );
}
