import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  ConfigError,
  defaultConfig,
  defaultConfigFile,
  describeConfig,
  loadConfig,
} from "./config.ts";
import { listFields, variableOf } from "./fields.ts";
import { nearest } from "./nearest.ts";

const dir = mkdtempSync(join(tmpdir(), "godwit-config-"));
afterAll(() => rmSync(dir, { recursive: true }));
const file = (name: string, text: string) => {
  writeFileSync(join(dir, name), text);
  return join(dir, name);
};
/** The refusal of these sources as text; fails if they are accepted. */
const refusal = (sources: Partial<Parameters<typeof loadConfig>[0]>) => {
  try {
    loadConfig({ env: {}, ...sources });
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error("accepted");
};

describe("fields", () => {
  const { fields } = listFields();

  test("every field has a one-line doc, and every number a unit, a default and bounds that admit it", () => {
    for (const field of fields) {
      expect(field.description).toMatch(/^.{10,200}\.$/);
      if (field.type !== "integer" && field.type !== "number") continue;
      expect(field.unit, field.path).toBeDefined();
      expect(Number(field.default)).toBeGreaterThanOrEqual(field.minimum ?? Number.NaN);
      expect(Number(field.default)).toBeLessThanOrEqual(field.maximum ?? Number.NaN);
    }
  });

  test("durations and sizes have their unit last in the name", () => {
    for (const { path, unit } of fields) {
      if (unit === "milliseconds") expect(path).toEndWith("Ms");
      if (unit === "bytes") expect(path).toEndWith("BytesMax");
    }
  });

  test("no two settings share a variable", () => {
    expect(new Set(fields.map(({ path }) => variableOf(path))).size).toBe(fields.length);
    expect(variableOf("accounts.hostTokens.jwksFile")).toBe(
      "GODWIT_ACCOUNTS_HOST_TOKENS_JWKS_FILE",
    );
  });
});

describe("precedence", () => {
  test("flags over environment over file over defaults", () => {
    const path = file("a.yaml", "listen:\n  port: 1\n  host: file\nlog:\n  level: debug\n");
    const config = loadConfig({
      file: path,
      env: { GODWIT_LISTEN_PORT: "2", GODWIT_LISTEN_HOST: "env" },
      flags: { "listen.port": "3" },
    });
    expect([config.listen.port, config.listen.host, config.log.level, config.log.format]).toEqual([
      3,
      "env",
      "debug",
      "pretty",
    ]);
  });

  test("texts become the field's type", () => {
    const env = {
      GODWIT_LISTEN_TRUST_PROXY: "yes",
      GODWIT_LISTEN_ORIGINS: "https://a.example, https://b.example:8443",
      GODWIT_STORE_COMMIT_WINDOW_MS: "0.5",
    };
    const config = loadConfig({ env });
    expect(config.listen.trustProxy).toBe(true);
    expect(config.listen.origins).toEqual(["https://a.example", "https://b.example:8443"]);
    expect(config.store.commitWindowMs).toBe(0.5);
  });

  test("false and 0 are values, empty variables and undefined flags are not", () => {
    const path = file("zero.json", JSON.stringify({ listen: { trustProxy: false, drainMs: 0 } }));
    const config = loadConfig({
      file: path,
      env: { GODWIT_LISTEN_PORT: "" },
      flags: { "listen.host": undefined },
    });
    expect([config.listen.drainMs, config.listen.port, config.listen.host]).toEqual([
      0,
      8480,
      "0.0.0.0",
    ]);
  });

  test("foreign variables and those of the command line are passed over", () => {
    expect(loadConfig({ env: { HOME: "/", GODWIT_URL: "http://x", GODWIT_CONFIG: "y" } })).toEqual(
      defaultConfig(),
    );
  });
});

describe("refusals", () => {
  test("an unknown key names the nearest known one, from every source", () => {
    expect(refusal({ file: file("typo.yaml", "listen:\n  prot: 1\n") })).toContain(
      "the nearest is listen.port",
    );
    expect(refusal({ env: { GODWIT_LISTN_PORT: "1" } })).toContain(
      "the nearest is GODWIT_LISTEN_PORT",
    );
    expect(refusal({ flags: { "session.resumeMs": 1 } })).toContain(
      "the nearest is sessions.resumeMs",
    );
    expect(refusal({ flags: { "something.elsewhere.entirely": 1 } })).toContain("remove it");
  });

  test("wrong types and bounds say value, expectation and remedy", () => {
    const message = refusal({
      env: {
        GODWIT_LISTEN_PORT: "70000",
        GODWIT_STORE_ENGINE: "mysql",
        GODWIT_LISTEN_TRUST_PROXY: "maybe",
      },
    });
    expect(message).toContain(
      "listen.port (GODWIT_LISTEN_PORT): is 70000, but must be a whole number from 0 to 65535",
    );
    expect(message).toContain("leave it out for the default, 8480");
    expect(message).toContain('is "mysql", but must be one of sqlite, memory');
    expect(message).toContain('is "maybe", but must be true or false');
    expect(refusal({ flags: { "listen.port": "" } })).toContain('is "", but must be');
    expect(refusal({ flags: { "listen.port": 1.5 } })).toContain("whole number");
    expect(refusal({ file: file("quoted.yaml", 'listen: { port: "8480" }') })).toContain(
      'is "8480", but must be a whole number',
    );
    expect(refusal({ file: file("null.yaml", "listen:\n  port:\n") })).toContain(
      "is null, but must be",
    );
  });

  test("all problems are listed at once", () => {
    expect(
      refusal({ env: { GODWIT_LISTEN_PORT: "x", GODWIT_LOG_LEVEL: "loud", GODWIT_NO: "1" } }).match(
        /→/g,
      )?.length,
    ).toBe(3);
  });

  test("a secret is never shown", () => {
    const message = refusal({
      file: file("secret.yaml", "accounts: { hostTokens: { secret: 12345678 } }"),
    });
    expect(message).toContain("(hidden)");
    expect(message).not.toContain("12345678");
    expect(refusal({ env: { GODWIT_ACCOUNTS_HOST_TOKENS_SECRET: "tooshort" } })).not.toContain(
      "tooshort",
    );
  });

  test("half of an optional group is missing the other half", () => {
    expect(refusal({ flags: { "listen.tls.certFile": "a.pem" } })).toContain(
      "listen.tls.keyFile (not set): is missing",
    );
    const whole = loadConfig({
      env: {},
      flags: { "listen.tls.certFile": "a.pem", "listen.tls.keyFile": "b.pem" },
    });
    expect(whole.listen.tls).toEqual({ certFile: "a.pem", keyFile: "b.pem" });
    expect(defaultConfig().listen.tls).toBeUndefined();
  });

  test("a group that is not one, a file that is not there, text that is not YAML or JSON", () => {
    expect(refusal({ file: file("flat.yaml", "listen: 8480\n") })).toContain(
      "must be a group of settings",
    );
    expect(refusal({ file: file("list.yaml", "- 1\n") })).toContain("must be a group of settings");
    expect(refusal({ file: join(dir, "absent.yaml") })).toContain("cannot be read");
    expect(refusal({ file: file("bad.json", "{") })).toContain("is not valid JSON");
    expect(refusal({ file: file("bad.yaml", "a: [") })).toContain("is not valid YAML");
    expect(
      refusal({ file: file("proto.json", '{"__proto__": {"x": 1}, "constructor": 1}') }),
    ).toContain("no such setting");
  });

  test("settings that contradict each other", () => {
    expect(refusal({ flags: { "limits.frameBytesMax": 2_048 } })).toContain(
      "content must fit into a frame",
    );
    expect(refusal({ flags: { "pipeline.ringEntriesMax": 64 } })).toContain("leaves no room");
    expect(refusal({ flags: { "listen.origins": ["chat.example.org"] } })).toContain(
      "not an origin",
    );
  });
});

test("nearest finds a name that was meant, and none for another word", () => {
  expect(nearest("Listen.Port", ["listen.port", "listen.host"])).toBe("listen.port");
  expect(nearest("draim-ms", ["drainMs", "resumeMs"])).toBe("drainMs");
  expect(nearest("kafka", ["listen", "store"])).toBeUndefined();
  expect(nearest("x".repeat(1e6), ["listen"])).toBeUndefined();
});

test("the printed default file loads to the defaults", () => {
  expect(loadConfig({ file: file("default.yaml", defaultConfigFile()), env: {} })).toEqual(
    defaultConfig(),
  );
});

test("an empty file changes nothing", () => {
  expect(loadConfig({ file: file("empty.yaml", ""), env: {} })).toEqual(defaultConfig());
});

test("docs/configuration.md is what `godwit config doc` prints", () => {
  const page = readFileSync(join(import.meta.dir, "../../../../docs/configuration.md"), "utf8");
  // A formatter may align the columns of tables; that is not a difference.
  const unaligned = (text: string) => text.replace(/-{3,}/g, "---").replace(/ {2,}/g, " ");
  expect(unaligned(page)).toBe(unaligned(describeConfig()));
});
