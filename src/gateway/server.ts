import { createServer } from "node:http";
import { InputError } from "../input-error.ts";
import { afterwards } from "./afterwards.ts";
import type { GatewayConfig } from "./config.ts";
import { Conversations } from "./conversations.ts";
import { Traffic } from "./dashboard-state.ts";
import type { Decider } from "./decide.ts";
import type { Examinations } from "./examinations.ts";
import { openFleet } from "./fleet.ts";
import type { Gateway, Snapshot } from "./gateway.ts";
import { openGrader } from "./grader.ts";
import { listener } from "./listener.ts";
import type { Log } from "./log.ts";
import { openMetrics } from "./metrics.ts";
import type { RequestRecord } from "./request-record.ts";
import type { Store } from "./store.ts";
import type { Tracing } from "./tracing.ts";

/** A gateway that listens. */
export interface RunningGateway {
  /** `http://host:port` */
  readonly url: string;
  /** Replaces configuration and router; requests under way end with the old ones. */
  reload(config: GatewayConfig, decider: Decider): void;
  /** Replaces the router alone. */
  redecide(decider: Decider): void;
  /** Notes why a new configuration was refused; `GET /readyz` shows it. */
  reloadFailed(message: string): void;
  /** Records now what has ended, which else is done within a twentieth of a second. */
  catchUp(): void;
  /** Takes no new connections, lets the requests under way end (at most `patience` ms), then closes. */
  close(patience?: number): Promise<void>;
}

/** How a gateway is started. */
export interface GatewayOptions {
  readonly config: GatewayConfig;
  readonly decider: Decider;
  /** Sees every record (a log), and what it is as JSON. */
  readonly onRecord?: (record: RequestRecord, json: string) => void;
  readonly log?: Log;
  /** Keeps records, keys and feedback; closed with the gateway. */
  readonly store?: Store;
  /** Closed with the gateway. */
  readonly tracing?: Tracing | undefined;
  /** The exams of the configuration in force. */
  readonly exams?: () => Examinations;
  /** Called after each grade. */
  readonly onGraded?: () => void;
}

/** Starts a gateway. @throws InputError when the port is taken or the configuration does not fit the router */
export async function startGateway({
  config,
  decider,
  onRecord,
  log,
  store,
  tracing,
  exams,
  onGraded = () => {},
}: GatewayOptions): Promise<RunningGateway> {
  const problem: Gateway["problem"] = (message, error) =>
    log?.problem(message, { error: String(error instanceof Error ? error.stack : error) });
  const snapshotOf = (config: GatewayConfig, decider: Decider): Snapshot => {
    const fleet = openFleet(config);
    return { config, decider, fleet, grader: openGrader(config, fleet, problem) };
  };
  const settle = async ({ id, inputTokens, outputTokens, cost }: RequestRecord) => {
    try {
      await (await store?.keyring())?.settle(id, inputTokens + outputTokens, cost);
    } catch {
      // What it held is freed when its record is taken in.
    }
  };
  const gateway: Gateway = {
    snapshot: snapshotOf(config, decider),
    metrics: openMetrics(() => gateway.snapshot.fleet.upstreams),
    conversations: new Conversations(),
    traffic: new Traffic(),
    configProblem: undefined,
    problem,
    store,
    tracing,
    get exams() {
      return exams?.();
    },
    graded: onGraded,
    adminKey: process.env[config.keys.adminFrom.env] || undefined,
    afterwards: afterwards((error) => problem("a request could not be recorded", error)),
    record(record) {
      gateway.metrics.observe(record);
      gateway.traffic.add(record);
      const json = JSON.stringify(record);
      store?.records.add(json);
      if (record.key !== null) void settle(record);
      onRecord?.(record, json);
    },
  };
  const { host, port } = config.listen;
  // A client that sends its request slowly does not hold a connection for longer.
  const serverOptions = {
    headersTimeout: Math.min(10_000, config.limits.requestTime),
    requestTimeout: config.limits.requestTime,
    connectionsCheckingInterval: Math.min(1_000, config.limits.requestTime / 4),
    keepAliveTimeout: 65_000,
  };
  const http = createServer(serverOptions, listener(gateway));
  await new Promise<void>((resolve, reject) => {
    http.once("error", (error: NodeJS.ErrnoException) =>
      reject(
        new InputError("cannot listen there", {
          source: `${host}:${port}`,
          found: error.code === "EADDRINUSE" ? "a port in use" : (error.code ?? error.message),
          hint: "Choose another with --port (0 takes any that is free).",
        }),
      ),
    );
    http.listen(port, host, resolve);
  }).catch(async (error: unknown) => {
    await gateway.snapshot.fleet.close();
    await tracing?.close().catch(() => {});
    throw error;
  });
  let closing: Promise<void> | undefined;
  const address = http.address() as { port: number };
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${address.port}`,
    reload(next, nextDecider) {
      const old = gateway.snapshot.fleet;
      gateway.snapshot = snapshotOf(next, nextDecider);
      gateway.configProblem = undefined;
      void old.close();
    },
    redecide(next) {
      gateway.snapshot = { ...gateway.snapshot, decider: next };
    },
    reloadFailed(message) {
      gateway.configProblem = message;
    },
    catchUp: () => gateway.afterwards.catchUp(),
    close(patience = 30_000) {
      closing ??= (async () => {
        const closed = new Promise<void>((resolve) => http.close(() => resolve()));
        // A connection kept alive after its last answer would hold the end up.
        const idle = setInterval(() => http.closeIdleConnections(), 50);
        const timer = setTimeout(() => http.closeAllConnections(), patience);
        await closed;
        clearInterval(idle);
        // The last streams end, and are recorded.
        await new Promise(setImmediate);
        gateway.afterwards.catchUp();
        clearTimeout(timer);
        await gateway.snapshot.fleet.close();
        await tracing?.close().catch(() => {});
        await store?.close();
      })();
      return closing;
    },
  };
}
