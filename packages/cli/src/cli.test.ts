/** The command as a process: what it prints, how it ends, and what it says when it refuses. */
import { describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import manifest from "../package.json" with { type: "json" };
import { Godwit, godwit, serveGodwit } from "./testing.ts";

const within = (ms: number) => ms;

describe("help", () => {
  test("names every command, in both languages", async () => {
    const [english, chinese] = await Promise.all([
      godwit("--help"),
      godwit("--lang", "zh", "--help"),
    ]);
    for (const command of [
      "serve",
      "chat",
      "user",
      "token",
      "config",
      "doctor",
      "bench",
      "drill",
    ]) {
      expect(english.stdout).toContain(`  ${command}`);
      expect(chinese.stdout).toContain(`  ${command}`);
    }
    expect([english.code, chinese.code]).toEqual([0, 0]);
    expect(chinese.stdout).toContain("用法：");
  });

  test("every command describes itself without loading the server", async () => {
    for (const command of [
      ["serve"],
      ["chat"],
      ["user"],
      ["user", "add"],
      ["token"],
      ["config", "check"],
      ["doctor"],
    ]) {
      const { code, stdout } = await godwit(...command, "--help");
      expect([command, code]).toEqual([command, 0]);
      expect(stdout).toContain("Usage: godwit");
    }
  });

  test("bench and drill get their arguments as they are", async () => {
    const [bench, drill] = await Promise.all([
      godwit("bench", "--help"),
      godwit("drill", "nonsense", "--seconds", "1"),
    ]);
    expect(bench.stdout + bench.stderr).toContain("--connections");
    expect(drill.code).not.toBe(0);
    expect(drill.stdout + drill.stderr).toContain("nonsense");
  });

  test("an unknown language is refused in one that is known", async () => {
    const { code, stderr } = await godwit("--lang", "tlh", "config", "default");
    expect([code, stderr]).toEqual([2, expect.stringContaining("--lang en or --lang zh")]);
  });

  test("a typo names the command that was meant", async () => {
    const { code, stderr } = await godwit("serv");
    expect(code).toBe(1);
    expect(stderr).toContain("serve");
    expect(stderr).toContain("--help");
  });
});

describe("the launcher", () => {
  test("runs on Node, from any folder, with the exit code of the command", async () => {
    const version = new Godwit(["--version"], { launcher: true, cwd: tmpdir() });
    expect(await version.exit).toBe(0);
    expect(version.stdout.trim()).toBe(manifest.version);
    const wrong = new Godwit(["config", "check", "/nowhere.yaml"], {
      launcher: true,
      cwd: tmpdir(),
    });
    expect(await wrong.exit).toBe(1);
    expect(wrong.stderr).toContain("/nowhere.yaml");
  });

  test(
    "hands signals on: a server behind it stops gracefully",
    async () => {
      const dir = mkdtempSync(join(tmpdir(), "godwit-launch-"));
      const server = new Godwit(["serve", "--host", "127.0.0.1", "--port", "0", "--data", dir], {
        launcher: true,
      });
      await server.saw(/Ctrl-C/);
      server.child.kill("SIGTERM");
      expect(await server.exit).toBe(0);
      expect(server.stderr).toContain("Stopped.");
      rmSync(dir, { recursive: true });
    },
    within(30_000),
  );
});

describe("config", () => {
  test("check tells what differs, without showing secrets", async () => {
    const { code, stdout } = await godwit(
      "config",
      "check",
      "--set",
      "listen.port=9000",
      "--set",
      "metrics.token=hush-hush",
    );
    expect(code).toBe(0);
    expect(stdout).toContain("listen.port: 9000");
    expect(stdout).toContain("metrics.token: (hidden)");
    expect(stdout).not.toContain("hush");
  });

  test("check refuses with the nearest name", async () => {
    const { code, stderr } = await godwit("config", "check", "--set", "listen.prot=1");
    expect(code).toBe(1);
    expect(stderr).toContain("the nearest is listen.port");
  });

  test("default prints a file that check accepts, doc prints the documentation", async () => {
    const dir = mkdtempSync(join(tmpdir(), "godwit-config-"));
    const file = join(dir, "godwit.yaml");
    writeFileSync(file, (await godwit("config", "default")).stdout);
    const { code, stdout } = await godwit("config", "check", file);
    expect(code).toBe(0);
    expect(stdout).toContain("Every setting is at its default.");
    rmSync(dir, { recursive: true });
    expect((await godwit("config", "doc")).stdout).toContain("| `listen.port` |");
  });
});

describe("user and token, through a running server", () => {
  test(
    "accounts are added, listed, disabled, given passwords and tokens",
    async () => {
      const server = await serveGodwit();
      const env = { GODWIT_URL: server.url, GODWIT_PASSWORD: server.password };
      const run = async (...args: string[]) => {
        const process = new Godwit(args, { env });
        process.child.stdin.end();
        return { code: await process.exit, stdout: process.stdout, stderr: process.stderr };
      };
      const added = await run("user", "add", "carol", "--name", "Carol 陈");
      expect(added.code).toBe(0);
      expect(added.stdout).toMatch(/carol was added[\s\S]*Password: [a-z2-9-]{19} /);
      expect(await run("user", "add", "carol")).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("There is a user of that name"),
      });
      expect((await run("user", "list")).stdout).toMatch(
        /admin .*administrator\ncarol +Carol 陈 .*\nAccounts: 2/s,
      );
      expect((await run("user", "list", "car", "--json")).stdout).toMatch(
        /^\{"user":"carol".*\}\n$/,
      );
      expect((await run("user", "disable", "carol")).code).toBe(0);
      expect((await run("user", "list", "carol")).stdout).toContain("disabled");
      expect((await run("user", "enable", "carol")).code).toBe(0);
      expect((await run("user", "password", "carol", "--password", "brand new one")).code).toBe(0);
      expect((await run("user", "disable", "nobody")).stderr).toContain("There is no such user");
      const { stdout: token } = await run("token", "carol", "--lifetime", "1h");
      expect(token.trim().split(".").length).toBe(3);
      expect((await run("token", "carol", "--lifetime", "soon")).stderr).toContain(
        "not a duration",
      );

      const wrong = await godwit("user", "list", "--url", server.url);
      expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining("GODWIT_PASSWORD")]);
      const notAdmin = await godwit("user", "list", "--url", server.url, "--token", token.trim());
      expect([notAdmin.code, notAdmin.stderr]).toEqual([
        1,
        expect.stringContaining("administrator"),
      ]);
      await server.stop();
    },
    within(60_000),
  );
});

describe("user and token, on the data folder", () => {
  test(
    "work while no server runs, and are refused while one does",
    async () => {
      const dir = mkdtempSync(join(tmpdir(), "godwit-local-"));
      const data = join(dir, "data");
      const absent = await godwit("user", "list", "--data", data);
      expect([absent.code, absent.stderr]).toEqual([
        1,
        expect.stringContaining("There is no data in"),
      ]);
      expect(
        (await godwit("user", "add", "dora", "--data", data, "--password", "a fine password")).code,
      ).toBe(0);
      expect((await godwit("user", "list", "--data", data)).stdout).toContain("dora");
      const { stdout: token } = await godwit("token", "dora", "--data", data);

      const server = new Godwit(["serve", "--host", "127.0.0.1", "--port", "0", "--data", data]);
      const [url = ""] = await server.saw(/http:\/\/\S+:\d+/);
      await server.saw(/Ctrl-C/);
      const dora = new Godwit(["chat", "--url", url, "--token", token.trim()]);
      await dora.saw(/Signed in as dora/);
      dora.child.stdin.end();
      expect(await dora.exit).toBe(0);
      const locked = await godwit("user", "list", "--data", data);
      expect([locked.code, locked.stderr]).toEqual([
        1,
        expect.stringContaining("stop the other server"),
      ]);
      server.child.kill("SIGTERM");
      await server.exit;
      rmSync(dir, { recursive: true });
    },
    within(30_000),
  );
});

describe("doctor", () => {
  test(
    "finds a sound machine sound, and a running server",
    async () => {
      const server = await serveGodwit();
      const { stdout } = await godwit(
        "doctor",
        "--json",
        "--data",
        server.dir,
        "--port",
        String(server.port),
      );
      const report = JSON.parse(stdout) as {
        ok: boolean;
        findings: { check: string; status: string; text: string; remedy?: string }[];
      };
      const of = (check: string) => report.findings.find((finding) => finding.check === check);
      expect(of("server")).toMatchObject({ status: "ok" });
      expect(of("data")).toMatchObject({
        status: "ok",
        text: expect.stringContaining("a running server"),
      });
      expect(of("port")).toMatchObject({ status: "ok", text: expect.stringContaining("Godwit") });
      expect(of("disk_sync")?.text).toMatch(/\d\.\d\d ms/);
      for (const finding of report.findings)
        if (finding.status === "fail" || finding.status === "warn")
          expect(finding.remedy, finding.text).toBeTruthy();
      server.process.child.kill("SIGTERM");
      await server.process.exit;
      const database = join(server.dir, "godwit.db");
      const before = { bytes: readFileSync(database), names: readdirSync(server.dir) };
      const rested = await godwit("doctor", "--data", server.dir, "--port", String(server.port));
      expect(readFileSync(database).equals(before.bytes)).toBe(true);
      expect(readdirSync(server.dir)).toEqual(before.names);
      expect(rested.stdout).toContain("✓ Data: the database is sound.");
      writeFileSync(database, "not a database any more");
      const broken = await godwit("doctor", "--data", server.dir, "--port", String(server.port));
      expect([broken.code, broken.stdout]).toEqual([1, expect.stringMatching(/✗ Data: .*damaged/)]);
      rmSync(server.dir, { recursive: true });
    },
    within(30_000),
  );

  test(
    "fails with a remedy where something must be mended",
    async () => {
      const other = createServer().listen(0, "127.0.0.1");
      await new Promise((resolve) => other.once("listening", resolve));
      const { port } = other.address() as { port: number };
      const dir = mkdtempSync(join(tmpdir(), "godwit-doctor-"));
      writeFileSync(join(dir, "file"), "");
      const { code, stdout } = await godwit(
        "doctor",
        "--data",
        join(dir, "file"),
        "--port",
        String(port),
      );
      expect(code).toBe(1);
      expect(stdout).toContain(`✗ Port ${port} is taken by process ${process.pid}`);
      expect(stdout).toContain(`→ stop it with \`kill ${process.pid}\``);
      expect(stdout).toMatch(/✗ Disk: .* cannot be written/);
      other.close();
      rmSync(dir, { recursive: true });
    },
    within(30_000),
  );
});
