import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { cacheFolder, download, type RemoteFile } from "./download.ts";

const content = Buffer.from("facts only\n".repeat(10_000));
let server: Server;
let address: string;
let requests = 0;
let folder: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    requests++;
    if (request.url === "/missing") response.writeHead(404).end("no");
    else response.end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());
beforeEach(() => {
  requests = 0;
  folder = mkdtempSync(join(tmpdir(), "tripos-download-"));
});

const remote = (path: string, sha256 = createHash("sha256").update(content).digest("hex")): RemoteFile => ({
  name: "file.json",
  url: address + path,
  sha256,
  bytes: content.length,
});

test("a file is fetched once, and then taken from the cache without a network", async () => {
  const seen: number[] = [];
  const [path] = await download([remote("/a")], folder, { progress: (done) => seen.push(done) });
  expect(readFileSync(path).equals(content)).toBe(true);
  expect(seen.at(-1)).toBe(content.length);
  const offline = () => Promise.reject(new Error("offline"));
  expect(await download([remote("/a")], folder, { fetcher: offline })).toEqual([path]);
  expect(requests).toBe(1);
});

test("another content than expected is refused and not kept", async () => {
  const wrong = download([remote("/a", "0".repeat(64))], folder, { instead: "Use --data." });
  await expect(wrong).rejects.toThrow(/is not the file that was expected.*SHA-256.*Use --data/s);
  expect(readdirSync(folder)).toEqual([]);
});

test("a server that refuses, or is not there, is named with what to do instead", async () => {
  await expect(download([remote("/missing")], folder, { instead: "Use --data." })).rejects.toThrow(
    /\/missing: cannot be fetched \(found the server answered 404.*Use --data/s,
  );
  const nowhere = { ...remote("/a"), url: "http://127.0.0.1:1/file.json" };
  await expect(download([nowhere], folder)).rejects.toThrow(/127\.0\.0\.1:1.*cannot be fetched/);
});

test("the cache folder follows XDG_CACHE_HOME", () => {
  expect(cacheFolder({ XDG_CACHE_HOME: "/somewhere" })).toBe(join("/somewhere", "tripos"));
  expect(cacheFolder({})).toMatch(/\.cache.tripos$/);
});
