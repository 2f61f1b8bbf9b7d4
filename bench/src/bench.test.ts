/** The commands themselves, as a person or CI calls them, against a real server of their own. */
import { expect, test } from "bun:test";
import { fileURLToPath } from "node:url";
import type { Report } from "./report.ts";

const script = fileURLToPath(new URL("./index.ts", import.meta.url));
const timeoutMs = 60_000;

async function call(command: "benchCommand" | "drillCommand", argv: readonly string[]) {
  const source = `import { ${command} } from ${JSON.stringify(script)}; process.exit(await ${command}(${JSON.stringify(argv)}));`;
  const child = Bun.spawn([process.execPath, "-e", source], { stdout: "pipe", stderr: "pipe" });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { out, err, code };
}

for (const codec of ["json", "binary"]) {
  test(
    `a short direct run by the ${codec} codec passes and has every field of the contract`,
    async () => {
      const { out, err, code } = await call("benchCommand", [
        "direct",
        "--json",
        "--seconds",
        "1",
        "--rate",
        "300",
        "--connections",
        "20",
        "--codec",
        codec,
        "--floor",
      ]);
      expect({ code, err: code === 0 ? "" : err + out }).toEqual({ code: 0, err: "" });
      const report = JSON.parse(out) as Report;
      const times = { p50: expect.any(Number), p99: expect.any(Number), max: expect.any(Number) };
      expect(report).toMatchObject({
        scenario: "direct",
        connections: 20,
        offered_per_s: 300,
        ack_ms: times,
        delivery_ms: times,
        server: {
          cpu_us_per_message: expect.any(Number),
          cpu_us_per_delivery: expect.any(Number),
          rss_bytes: expect.any(Number),
          bytes_per_connection: null,
        },
        sent: 900,
        acked: 900,
        delivered: 900,
        lost: 0,
        duplicated: 0,
        reordered: 0,
        durability: expect.any(String),
        floor: {
          cpu_us_per_message: expect.any(Number),
          cpu_us_per_delivery: expect.any(Number),
          bytes_per_connection: null,
          ratio: expect.any(Number),
        },
        failures: [],
      });
      // A machine with other work takes longer, and says so.
      expect(report.seconds).toBeGreaterThanOrEqual(1);
      expect(report.acked_per_s).toBeWithin(1, 360);
    },
    timeoutMs,
  );
}

test("arguments that make no sense are refused with the usage", async () => {
  for (const argv of [
    ["nothing"],
    ["direct", "--rate", "-1"],
    ["direct", "--codec", "xml"],
    ["direct", "--rat", "5"],
    [],
  ]) {
    const { out, err, code } = await call("benchCommand", argv);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain("godwit bench direct|group");
  }
});
