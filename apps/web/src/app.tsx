/** The frame of the application: which page is shown. */
import { useSession } from "./model/index.ts";

export function App() {
  const { phase } = useSession();
  return <main data-phase={phase} />;
}
