/** `godwit serve`, as a process of its own. */
import { describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Godwit, godwit, serveGodwit } from "./testing.ts";

const within = (ms: number) => ms;

describe("serve", () => {
  test(
    "starts, says where it is and shows the first password once, and stops on a signal",
    async () => {
      const server = await serveGodwit();
      expect(server.password).toMatch(/^\S{8,}$/);
      expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
      server.process.child.kill("SIGTERM");
      expect(await server.process.exit).toBe(0);
      const again = new Godwit([
        "serve",
        "--host",
        "127.0.0.1",
        "--port",
        "0",
        "--data",
        server.dir,
      ]);
      await again.saw(/Ctrl-C/);
      expect(again.stdout).not.toContain("Password");
      again.child.kill("SIGINT");
      expect(await again.exit).toBe(0);
      rmSync(server.dir, { recursive: true });
    },
    within(30_000),
  );

  test(
    "says which ports besides the web's are open, and refuses one that was asked for and is taken",
    async () => {
      const door = (port: string) => ["--set", "tcp.enabled=yes", "--set", `tcp.port=${port}`];
      const server = await serveGodwit(...door("0"));
      const [, port = ""] = await server.process.saw(/ports\s+tcp (\d+)\n/);
      const dir = mkdtempSync(join(tmpdir(), "godwit-door-"));
      const second = await godwit("serve", "--port", "0", "--data", dir, ...door(port));
      expect(second.code).toBe(1);
      expect(second.stderr).toContain("tcp.port");
      rmSync(dir, { recursive: true });
      await server.stop();
    },
    within(30_000),
  );

  test(
    "refuses a taken port, and says whose it is",
    async () => {
      const server = await serveGodwit();
      const second = await godwit(
        "serve",
        "--host",
        "127.0.0.1",
        "--port",
        String(server.port),
        "--data",
        `${server.dir}-2`,
      );
      expect(second.code).toBe(1);
      expect(second.stderr).toContain(`A Godwit server already runs on port ${server.port}.`);
      expect(second.stderr).toContain(`--port ${server.port + 1}`);
      await server.stop();

      const other = createServer().listen(0, "127.0.0.1");
      await new Promise((resolve) => other.once("listening", resolve));
      const { port } = other.address() as { port: number };
      const third = await godwit(
        "serve",
        "--host",
        "127.0.0.1",
        "--port",
        String(port),
        "--data",
        `${server.dir}-2`,
      );
      expect(third.stderr).toContain(`Port ${port} is in use.`);
      if (process.platform === "linux")
        expect(third.stderr).toContain(`Process ${process.pid} has it`);
      other.close();
      rmSync(`${server.dir}-2`, { recursive: true, force: true });
    },
    within(30_000),
  );

  test(
    "refuses what is wrong with settings and folders",
    async () => {
      const unknown = await godwit("serve", "--set", "listen.tsl.certFile=x");
      expect([unknown.code, unknown.stderr]).toEqual([
        1,
        expect.stringContaining("the nearest is listen.tls.certFile"),
      ]);
      const malformed = await godwit("serve", "--set", "listen.port");
      expect([malformed.code, malformed.stderr]).toEqual([2, expect.stringContaining("key=value")]);

      const seed = await godwit("serve", "--demo", "lively");
      expect([seed.code, seed.stderr]).toEqual([2, expect.stringContaining("not lively")]);

      const dir = mkdtempSync(join(tmpdir(), "godwit-refuse-"));
      const server = new Godwit(["serve", "--host", "127.0.0.1", "--port", "0", "--data", dir]);
      await server.saw(/Ctrl-C/);
      const second = await godwit("serve", "--host", "127.0.0.1", "--port", "0", "--data", dir);
      expect(second.code).toBe(1);
      expect(second.stderr).toContain(`stop the other server that uses ${dir}`);
      server.child.kill("SIGTERM");
      await server.exit;

      mkdirSync(join(dir, "broken"));
      writeFileSync(
        join(dir, "broken/godwit.db"),
        "this is not a database, however long it may be made to look like one",
      );
      const broken = await godwit(
        "serve",
        "--host",
        "127.0.0.1",
        "--port",
        "0",
        "--data",
        join(dir, "broken"),
      );
      expect([broken.code, broken.stderr]).toEqual([1, expect.stringContaining("damaged")]);
      expect(readFileSync(join(dir, "broken/godwit.db"), "utf8")).toStartWith("this is not");
      rmSync(dir, { recursive: true });
    },
    within(30_000),
  );

  test(
    "logs and counts a rejection that nobody awaits, with its cause, and goes on serving",
    async () => {
      const dir = mkdtempSync(join(tmpdir(), "godwit-rejects-"));
      const preload = join(dir, "rejects.mjs");
      const error = 'new Error("nobody awaits", { cause: new Error("the disk is gone") })';
      writeFileSync(
        preload,
        `process.on("SIGUSR2", () => void Promise.reject(${error}));
         process.on("SIGHUP", () => void Promise.reject("only a text"));`,
      );
      const server = new Godwit(
        ["serve", "--host", "127.0.0.1", "--port", "0", "--data", join(dir, "data")],
        { env: { BUN_OPTIONS: `--preload=${preload}` } },
      );
      const [, url = ""] = await server.saw(/(http:\/\/\S+:\d+)/);
      await server.saw(/Ctrl-C/);
      const faults = async () =>
        /^godwit_faults_total (\d+)$/m.exec(await (await fetch(`${url}/metrics`)).text())?.[1];
      expect(await faults()).toBe("0");
      server.child.kill("SIGUSR2");
      await server.saw(/ error .*nothing awaited it\nError: nobody awaits\n[^]*the disk is gone/);
      server.child.kill("SIGHUP");
      await server.saw(/only a text/);
      expect(await faults()).toBe("2");
      expect((await fetch(`${url}/readyz`)).status).toBe(200);
      server.child.kill("SIGTERM");
      expect(await server.exit).toBe(0);
      rmSync(dir, { recursive: true });
    },
    within(30_000),
  );
});
