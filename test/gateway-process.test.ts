import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { laidOutFolder } from "./laid-out-folder.ts";
import { chatAnswer, type ScriptedUpstream, scriptedUpstream, sendJson } from "./scripted-upstream.ts";
import { ask, until } from "./test-gateway.ts";

const cli = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const secrets = { UPSTREAM_KEY: "sk-upstream-secret-1", TRIPOS_ADMIN_KEY: "operators-secret-2" };
const admin = { authorization: `Bearer ${secrets.TRIPOS_ADMIN_KEY}` };

interface Served {
  readonly process: ChildProcess;
  readonly url: string;
  log: string;
  readonly ended: Promise<number | null>;
}

/** `tripos serve` as a user starts it. */
async function serve(folder: string, ...options: string[]): Promise<Served> {
  const child = spawn(process.execPath, [cli, "serve", "--port", "0", "--json", ...options], {
    cwd: folder,
    env: { ...process.env, DATABASE_URL: "", ...secrets },
  });
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  let out = "";
  const served = { process: child, url: "", log: "", ended };
  child.stderr.on("data", (data) => {
    served.log += data;
  });
  child.stdout.on("data", (data) => {
    out += data;
  });
  await until(() => out.includes("\n") || child.exitCode !== null, 30_000);
  if (child.exitCode !== null) throw new Error(served.log);
  return Object.assign(served, { url: (JSON.parse(out) as { url: string }).url });
}

const post = (url: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });

describe("tripos serve", () => {
  let folder: string;
  let file: string;
  let upstream: ScriptedUpstream;
  let served: Served;
  const config = (more = "") => `
upstreams:
  - name: local
    baseUrl: ${upstream.url}/v1
    keyFrom: { env: UPSTREAM_KEY }
models:
  - { name: small, upstream: local, price: { input: 1, output: 2 } }
keys: { required: true }
store: { folder: ${join(folder, "store")} }
${more}`;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "tripos-serve-"));
    renameSync(await laidOutFolder(), join(folder, "store"));
    file = join(folder, "tripos.yaml");
    upstream = await scriptedUpstream();
    writeFileSync(file, config());
    served = await serve(folder, "--config", file);
    await until2(async () => (await fetch(`${served.url}/v1/keys`, { headers: admin })).status === 200);
  }, 120_000);
  afterAll(async () => {
    served?.process.kill("SIGKILL");
    await upstream.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function until2(holds: () => Promise<boolean>, milliseconds = 60_000): Promise<void> {
    const end = Date.now() + milliseconds;
    while (!(await holds().catch(() => false))) {
      if (Date.now() > end) throw new Error(`waited in vain; the log: ${served.log.slice(-2000)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  const newKey = async () =>
    (await (await post(`${served.url}/v1/keys`, { name: "k" }, admin)).json()) as {
      id: string;
      secret: string;
    };

  test("killed with -9 under load: what clients had a second before is recorded, and counted once", async () => {
    const { id, secret } = await newKey();
    const answered: { id: string; at: number }[] = [];
    let killed = 0;
    const client = async () => {
      while (!killed) {
        try {
          const response = await post(`${served.url}/v1/chat/completions`, ask(), {
            authorization: `Bearer ${secret}`,
          });
          await response.arrayBuffer();
          if (response.status === 200)
            answered.push({ id: response.headers.get("x-tripos-request-id")!, at: performance.now() });
        } catch {
          return;
        }
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
    };
    const clients = Array.from({ length: 8 }, client);
    await until(() => answered.length >= 100, 30_000);
    await new Promise((resolve) => setTimeout(resolve, 1200));
    killed = performance.now();
    served.process.kill("SIGKILL");
    await Promise.all(clients);
    served = await serve(folder, "--config", file);
    const due = answered.filter(({ at }) => at < killed - 1000).map((each) => each.id);
    expect(due.length).toBeGreaterThanOrEqual(100);
    // More than one page of records may have come: each is asked for by its id.
    await until2(
      async () => (await fetch(`${served.url}/v1/requests/${due.at(-1)}`, { headers: admin })).status === 200,
    );
    const missing = await Promise.all(
      due.map(async (each) => {
        const response = await fetch(`${served.url}/v1/requests/${each}`, { headers: admin });
        await response.arrayBuffer();
        return response.status === 200 ? [] : [each];
      }),
    );
    expect(missing.flat()).toEqual([]);
    const { data: keys } = (await (await fetch(`${served.url}/v1/keys`, { headers: admin })).json()) as {
      data: { id: string; spent_today: number }[];
    };
    const requests = Math.round(keys.find((key) => key.id === id)!.spent_today / 72e-6);
    expect(requests).toBeGreaterThanOrEqual(due.length);
    expect(requests).toBeLessThanOrEqual(answered.length + clients.length);
  }, 120_000);

  test("a changed configuration is taken up; one with a mistake is refused and said, and no stream is dropped", async () => {
    const { secret } = await newKey();
    const bearer = { authorization: `Bearer ${secret}` };
    const models = async () =>
      (
        (await (await fetch(`${served.url}/v1/models`, { headers: bearer })).json()) as {
          data: { id: string }[];
        }
      ).data.map((each) => each.id);
    let finish = () => {};
    upstream.answer = async (_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write("data: 1\n\n");
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      response.end("data: 2\n\n");
    };
    const stream = await post(`${served.url}/v1/chat/completions`, ask("q", { stream: true }), bearer);
    writeFileSync(file, config().replace("name: small", "name: renamed"));
    await until2(async () => (await models()).includes("renamed"), 15_000);
    writeFileSync(file, config("stickyness: 1\n"));
    const ready = async () =>
      ((await (await fetch(`${served.url}/readyz`)).json()) as { configuration?: string }).configuration;
    await until2(
      async () => /tripos.yaml, line 10.*stickyness.*is not an option/.test((await ready()) ?? ""),
      15_000,
    );
    await until(() => served.log.includes("the old one stays in force"));
    expect(await models()).toContain("renamed");
    finish();
    expect(await stream.text()).toBe("data: 1\n\ndata: 2\n\n");
    upstream.answer = (_, response) => sendJson(response, chatAnswer());
    writeFileSync(file, config());
    await until2(async () => (await ready()) === undefined, 15_000);
  }, 60_000);

  test("shows no secret in its log, errors, metrics, records, dashboard or files", async () => {
    const { secret } = await newKey();
    const bearer = { authorization: `Bearer ${secret}` };
    const shown: string[] = [];
    upstream.answer = (request, response) =>
      sendJson(response, JSON.stringify({ error: { message: request.headers.authorization } }), 401);
    shown.push(await (await post(`${served.url}/v1/chat/completions`, ask(), bearer)).text());
    upstream.answer = (_, response) => sendJson(response, chatAnswer());
    for (const headers of [bearer, { authorization: "Bearer tripos-wrong" }])
      shown.push(await (await post(`${served.url}/v1/chat/completions`, ask(), headers)).text());
    for (const path of ["/metrics", "/readyz", "/v1/models", "/v1/requests", "/v1/keys", "/"])
      shown.push(await (await fetch(served.url + path, { headers: admin })).text());
    const events = await fetch(`${served.url}/dashboard/events`, { headers: admin });
    const reader = events.body!.getReader();
    shown.push(new TextDecoder().decode((await reader.read()).value));
    await reader.cancel();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    shown.push(served.log);
    const everything = shown.join("\n");
    expect(everything).toContain("small answered 401");
    for (const hidden of [...Object.values(secrets), secret]) expect(everything).not.toContain(hidden);
    // Nor on disk: only the hash of a key is kept.
    for (const name of readdirSync(join(folder, "store"), { recursive: true, withFileTypes: true }))
      if (name.isFile())
        for (const hidden of [...Object.values(secrets), secret])
          expect(
            readFileSync(join(name.parentPath, name.name)).includes(hidden),
            `${name.name} holds a secret`,
          ).toBe(false);
  });

  test("a second gateway cannot use the same folder", async () => {
    await expect(serve(folder, "--config", file)).rejects.toThrow(/another gateway uses this folder/);
  });

  test("told to stop, it finishes the stream under way and then ends", async () => {
    const { secret } = await newKey();
    upstream.answer = async (_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write("data: 1\n\n");
      await new Promise((resolve) => setTimeout(resolve, 600));
      response.end("data: 2\n\n");
    };
    const stream = await post(`${served.url}/v1/chat/completions`, ask("q", { stream: true }), {
      authorization: `Bearer ${secret}`,
    });
    served.process.kill("SIGTERM");
    expect(await stream.text()).toBe("data: 1\n\ndata: 2\n\n");
    const over = performance.now();
    expect(await served.ended).toBe(0);
    // The client keeps its connection alive; the gateway does not wait for it (30 s at most, otherwise).
    expect(performance.now() - over).toBeLessThan(20_000);
    expect(readdirSync(join(folder, "store", "journal"))).toEqual([]);
  });
});

test("says where it records and how to choose another place; told to stop at once, it ends well", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tripos-place-"));
  const layout = await laidOutFolder();
  const child = spawn(process.execPath, [cli, "serve", "--port", "0", "--store", layout], {
    cwd: folder,
    env: { ...process.env, DATABASE_URL: "" },
  });
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  let out = "";
  child.stdout.on("data", (data) => {
    out += data;
  });
  await until(() => out.includes("\n"), 30_000);
  expect(out).toContain(`records in ${layout} (`);
  expect(out).toContain("--store");
  child.kill("SIGINT");
  expect(await ended).toBe(0);
  expect(readdirSync(folder)).toEqual([]);
  const help = execFileSync(process.execPath, [cli, "serve", "--help"]).toString();
  expect(help).toMatch(/\.tripos\/ in the current folder unless --store/);
  for (const each of [folder, layout]) rmSync(each, { recursive: true, force: true });
}, 60_000);

test("a port in use ends it with one message and code 2, without waiting for a database", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tripos-port-"));
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const { port } = other.address() as AddressInfo;
  const { status, stderr } = spawnSync(process.execPath, [cli, "serve", "--port", String(port)], {
    cwd: folder,
    env: { ...process.env, DATABASE_URL: "" },
    timeout: 10_000,
  });
  other.close();
  expect([status, stderr.toString()]).toEqual([
    2,
    expect.stringMatching(/^tripos: [^\n]*a port in use\)\n[^\n]*\n$/),
  ]);
  expect(readdirSync(join(folder, ".tripos"))).toEqual(["journal"]);
  rmSync(folder, { recursive: true, force: true });
}, 20_000);

/** Linux lets a process have a file system of its own: here the journal's, of 8 KB. */
const onSmallDisk = (folder: string, ...command: string[]) =>
  [
    "unshare",
    ["-rm", "sh", "-c", `mount -t tmpfs -o size=8k tmpfs ${folder} && exec "$@"`, "sh", ...command],
  ] as const;
const possible = spawnSync(...onSmallDisk(tmpdir(), "true")).status === 0;

test.skipIf(!possible)(
  "its disk is full: said in the log; answers flow, and every record reaches the database",
  async () => {
    const folder = await laidOutFolder();
    mkdirSync(join(folder, "journal"));
    const [program, args] = onSmallDisk(
      join(folder, "journal"),
      process.execPath,
      cli,
      "serve",
      "--port",
      "0",
      "--json",
      "--store",
      folder,
    );
    const child = spawn(program, args, { env: { ...process.env, DATABASE_URL: "" } });
    let [out, log] = ["", ""];
    child.stdout.on("data", (data) => {
      out += data;
    });
    child.stderr.on("data", (data) => {
      log += data;
    });
    await until(() => out.includes("\n"), 30_000);
    const { url } = JSON.parse(out) as { url: string };
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, i) => post(`${url}/v1/chat/completions`, ask(`question ${i}`))),
    );
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    await until(() => /ENOSPC[^\n]*the journal cannot be written/.test(log), 10_000);
    const records = async () =>
      ((await (await fetch(`${url}/v1/requests?limit=100`)).json()) as { data: object[] }).data.length;
    for (let tries = 0; tries < 100 && (await records()) < 60; tries++)
      await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await records()).toBe(60);
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    expect(await ended).toBe(0);
    rmSync(folder, { recursive: true, force: true });
  },
  60_000,
);

test("a mistake in the configuration ends with one message and code 2", () => {
  const folder = mkdtempSync(join(tmpdir(), "tripos-mistake-"));
  const file = join(folder, "tripos.yaml");
  writeFileSync(file, "upstreams: []\nmodels: []\n");
  try {
    execFileSync(process.execPath, [cli, "serve", "--config", file], { stdio: "pipe" });
    expect.unreachable();
  } catch (error) {
    const { status, stderr } = error as { status: number; stderr: Buffer };
    expect(status).toBe(2);
    expect(stderr.toString()).toMatch(
      /^tripos: .*tripos.yaml, line 1, column 12, field "upstreams"[^\n]*\n$/,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
