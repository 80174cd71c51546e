import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inject } from "vitest";
import { openStore } from "../src/gateway/index.ts";
import { until } from "./test-gateway.ts";

/**
 * A new folder for a gateway's store, its database laid out already. Laying one out takes seconds, so the first test
 * that wants one does it for the whole run, and each gets a copy.
 */
export async function laidOutFolder(): Promise<string> {
  const shared = inject("sharedFolder");
  const ready = join(shared, "ready");
  if (taken(join(shared, "begun"))) await until(() => existsSync(ready), 55_000);
  else {
    const folder = join(shared, "new");
    const store = openStore({ folder, log: { request() {}, event() {}, problem() {} } });
    await store.query("select 1");
    await store.close();
    renameSync(folder, ready);
  }
  const folder = mkdtempSync(join(tmpdir(), "tripos-store-"));
  cpSync(join(ready, "postgres"), join(folder, "postgres"), { recursive: true });
  return folder;
}

/** Whether another test file has made this mark; makes it when not. */
function taken(mark: string): boolean {
  try {
    mkdirSync(mark);
    return false;
  } catch {
    return true;
  }
}
