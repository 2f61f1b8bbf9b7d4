/** What the settings of every protocol's door have in common. */
import { flag, integer } from "../setting.ts";

export const doorEnabled = (what: string) => flag(`Whether ${what} is spoken.`, true);

/** A port that is given and taken refuses the start; a default one that is taken is done without. */
export const doorPort = (what: string, port: number) =>
  integer(`TCP port of ${what}; 0 takes any free one. Done without if it is taken and not set.`, {
    unit: "port",
    default: port,
    minimum: 0,
    maximum: 65_535,
  });
