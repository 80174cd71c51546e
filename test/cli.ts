import { spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { vi } from "vitest";
import { run } from "../src/cli/run.ts";

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const main = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));

/** Runs the built command line as a user would, to its end. */
export function tripos(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  const child = spawn(process.execPath, [main, ...args], { env: { ...process.env, ...environment } });
  const parts = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].setEncoding("utf8");
    child[stream].on("data", (text: string) => {
      parts[stream] += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, ...parts }));
  });
}

/**
 * Runs the command line within this process, which saves the start of another one; one call at a time. What a user meets at
 * the start and at the end of a process (signals, broken pipes) is tested by {@link tripos}.
 */
export async function triposHere(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const parts = { stdout: "", stderr: "" };
  const streams = ["stdout", "stderr"] as const;
  const spies = streams.map((stream) =>
    vi.spyOn(process[stream], "write").mockImplementation((text) => {
      parts[stream] += text;
      return true;
    }),
  );
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  const before = process.exitCode;
  process.exitCode = 0;
  try {
    const code = await run(args);
    return { code: code || Number(process.exitCode), ...parts };
  } finally {
    process.exitCode = before;
    vi.unstubAllEnvs();
    for (const spy of spies) spy.mockRestore();
  }
}

/** A new, empty folder. */
export const newFolder = (): string => mkdtempSync(join(tmpdir(), "tripos-test-"));
