import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type GatewayConfigInput, parseConfig } from "./config.ts";
import { serveConfigured } from "./serve-configured.ts";

let folder: string;
let taken: Server;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "tripos-start-"));
  taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
});
afterAll(() => {
  taken.close();
  rmSync(folder, { recursive: true, force: true });
});

const mistakes: [string, () => Partial<GatewayConfigInput>, RegExp][] = [
  ["its port is in use", () => ({ listen: { port: (taken.address() as AddressInfo).port } }), /port in use/],
  ["its router is missing", () => ({ router: join(folder, "nowhere") }), /nowhere: this is not a router/],
  ["its router knows no model", () => ({ router: "mmlu" }), /knows none of the configured models/],
  [
    "its key is missing",
    () => ({
      upstreams: [{ name: "d", baseUrl: "http://127.0.0.1:9/v1", keyFrom: { env: "TRIPOS_NO_KEY" } }],
    }),
    /TRIPOS_NO_KEY/,
  ],
];
test.each(mistakes)("a gateway ends before it opens its database when %s", async (_, more, message) => {
  const store = join(folder, "store");
  const load = () =>
    parseConfig({
      listen: { port: 0 },
      upstreams: [{ name: "d", kind: "demonstration" }],
      models: [{ name: "m", upstream: "d" }],
      store: { folder: store },
      ...more(),
    });
  const log = { request() {}, event() {}, problem: (said: string) => expect.unreachable(said) };
  await expect(serveConfigured({ load, log })).rejects.toThrow(message);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(existsSync(join(store, "postgres"))).toBe(false);
  expect(existsSync(join(store, "in-use-by"))).toBe(false);
});
