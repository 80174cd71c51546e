import { unwatchFile, watchFile } from "node:fs";
import { join, resolve } from "node:path";
import { startBackground } from "./background.ts";
import type { GatewayConfig } from "./config.ts";
import { deciderFor } from "./decider-for.ts";
import { Examinations } from "./examinations.ts";
import type { Log } from "./log.ts";
import type { OnEmbedder } from "./question-vectors.ts";
import type { Pacers } from "./router-decider.ts";
import { RouterVersions } from "./router-versions.ts";
import { type RunningGateway, startGateway } from "./server.ts";
import { openStore } from "./store.ts";
import { openTracing } from "./tracing.ts";

/** How a gateway is started from a configuration that may change. */
export interface ServeOptions {
  /** Reads the configuration. @throws InputError */
  readonly load: () => GatewayConfig;
  /** File whose change (or SIGHUP) loads the configuration anew. */
  readonly watch?: string | undefined;
  readonly log: Log;
  /** PostgreSQL to record in instead of the embedded one. */
  readonly databaseUrl?: string | undefined;
}

/**
 * Starts a gateway and loads its configuration anew when the file changes or on SIGHUP, its router when that folder
 * changes or another gateway of the same database has a newer version. What has a mistake leaves the old one in force;
 * the log says what is wrong.
 */
export async function serveConfigured({
  load,
  watch,
  log,
  databaseUrl,
}: ServeOptions): Promise<RunningGateway & { /** Where it records, absolute. */ readonly folder: string }> {
  let config = load();
  let listening = () => {};
  // A start that fails is to end at once: opening a database takes seconds.
  const begin = new Promise<void>((resolve) => {
    listening = resolve;
  });
  const store = openStore({ folder: config.store.folder, url: databaseUrl, log, begin });
  const folder = config.router === "mmlu" ? undefined : config.router;
  const started = async () => {
    const routers = folder === undefined ? undefined : new RouterVersions(folder, store, config.routerName);
    let exams = new Examinations(config.exams, routers);
    let graded = () => {};
    const pacers: Pacers = new Map();
    const onEmbedder: OnEmbedder = (name, why) => {
      if (why === undefined) log.event("the embedder answers again", { embedder: name });
      else
        log.problem("the embedder does not answer; models are chosen by how good they are overall", {
          embedder: name,
          error: why,
        });
    };
    const decider = () => {
      const learned = routers && config.router === folder ? routers.current : undefined;
      return deciderFor(config, learned, pacers, onEmbedder);
    };
    const running = await startGateway({
      config,
      decider: decider(),
      onRecord: log.request,
      log,
      store,
      tracing: await openTracing(process.env),
      exams: () => exams,
      onGraded: () => graded(),
    });
    listening();
    const refused = (error: unknown) => {
      running.reloadFailed((error as Error).message);
      log.problem("not loaded, the old one stays in force", { error: (error as Error).message });
    };
    const reload = () => {
      try {
        const next = load();
        const before = config;
        config = next;
        try {
          running.reload(next, decider());
        } catch (error) {
          config = before;
          throw error;
        }
        exams = new Examinations(next.exams, routers);
        log.event("configuration loaded anew");
      } catch (error) {
        refused(error);
      }
    };
    const redecide = () => {
      try {
        running.redecide(decider());
        log.event("router loaded anew");
      } catch (error) {
        refused(error);
      }
    };
    const background = async () => {
      await routers?.follow(redecide, refused);
      const parts = { store, routers, exams: () => exams, config: () => config, url: running.url };
      const work = await startBackground({ ...parts, adminKey: process.env[config.keys.adminFrom.env] });
      graded = work.graded;
    };
    // Requests need not wait for the database, nor for what is done beside them.
    background().catch((error: unknown) => {
      if (!closed) log.problem("background work has not started", { error: (error as Error).message });
    });
    return { running, reload, reread: () => void routers?.reread().catch(refused) };
  };
  let closed = false;
  const { running, reload, reread } = await started().catch(async (error: unknown) => {
    closed = true;
    await store.close();
    throw error;
  });
  process.on("SIGHUP", reload);
  if (watch) watchFile(watch, { interval: 500 }, reload);
  const routerFile = folder && join(folder, "router.json");
  if (routerFile) watchFile(routerFile, { interval: 500 }, reread);
  return {
    ...running,
    folder: resolve(config.store.folder),
    async close(patience) {
      closed = true;
      process.off("SIGHUP", reload);
      if (watch) unwatchFile(watch, reload);
      if (routerFile) unwatchFile(routerFile, reread);
      await running.close(patience);
    },
  };
}
