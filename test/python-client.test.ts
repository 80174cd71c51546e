import { execFile, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { testGateway } from "./test-gateway.ts";

/** A Python that has the `openai` package: the one named, or the usual one. */
const python = process.env.TRIPOS_OPENAI_PYTHON ?? "python3";
const hasOpenai = spawnSync(python, ["-c", "import openai"]).status === 0;
const example = fileURLToPath(new URL("../examples/gateway/clients/openai_client.py", import.meta.url));

test.skipIf(!hasOpenai)("Python's openai client chats and streams, and sees the reasons", async () => {
  const gateway = await testGateway(
    { demo: "" },
    { config: { upstreams: [{ name: "demo", kind: "demonstration" }] } },
  );
  try {
    const environment = { ...process.env, TRIPOS_URL: gateway.url, NO_PROXY: "127.0.0.1" };
    const { stdout } = await promisify(execFile)(python, [example], { env: environment });
    const [reasons, whole, streamed] = stdout.trim().split("\n");
    expect(reasons).toBe("demo 0.9000");
    expect(whole).toContain("The question was routed to demo.");
    expect(streamed).toBe(whole);
    expect(gateway.records.map((record) => record.streamed)).toEqual([false, true]);
  } finally {
    await gateway.close(100);
  }
});
