import { unwatchFile, watchFile } from "node:fs";
import { resolve } from "node:path";
import type { GatewayConfig } from "./config.ts";
import { deciderFor } from "./decider-for.ts";
import type { Log } from "./log.ts";
import { type RunningGateway, startGateway } from "./server.ts";
import { openStore } from "./store.ts";

/** How a gateway is started from a configuration that may change. */
export interface ServeOptions {
  /** Reads the configuration. @throws InputError */
  readonly load: () => GatewayConfig;
  /** File whose change (or SIGHUP) loads the configuration anew. */
  readonly watch?: string | undefined;
  readonly log: Log;
}

/**
 * Starts a gateway and loads its configuration anew when the file changes or on SIGHUP. A configuration with a
 * mistake leaves the old one in force; the log says what is wrong.
 */
export async function serveConfigured({
  load,
  watch,
  log,
}: ServeOptions): Promise<RunningGateway & { /** Where it records, absolute. */ readonly folder: string }> {
  const config = load();
  const store = openStore({ folder: config.store.folder, url: process.env.DATABASE_URL || undefined, log });
  const running = await startGateway({
    config,
    decider: deciderFor(config),
    onRecord: log.request,
    log,
    store,
  }).catch(async (error: unknown) => {
    await store.close();
    throw error;
  });
  const reload = async () => {
    try {
      const next = load();
      running.reload(next, deciderFor(next));
      log.event("configuration loaded anew");
    } catch (error) {
      running.reloadFailed((error as Error).message);
      log.problem("configuration not loaded, the old one stays in force", {
        error: (error as Error).message,
      });
    }
  };
  const onHangUp = () => void reload();
  process.on("SIGHUP", onHangUp);
  if (watch) watchFile(watch, { interval: 500 }, onHangUp);
  return {
    ...running,
    folder: resolve(config.store.folder),
    async close(patience) {
      process.off("SIGHUP", onHangUp);
      if (watch) unwatchFile(watch, onHangUp);
      await running.close(patience);
    },
  };
}
