import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { LiveUpstream } from "./fleet.ts";
import type { RequestRecord } from "./request-record.ts";

/** The gateway's measures for Prometheus. */
export interface Metrics {
  observe(record: RequestRecord): void;
  failedTry(upstream: string): void;
  /** The text of `GET /metrics`. */
  text(): Promise<string>;
}

/** Opens a registry of its own; the upstreams' state is read when it is scraped. */
export function openMetrics(upstreams: () => readonly LiveUpstream[]): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const requests = new Counter({
    name: "tripos_requests_total",
    help: "Requests by endpoint, model and outcome.",
    labelNames: ["endpoint", "model", "outcome"],
    registers,
  });
  const seconds = new Histogram({
    name: "tripos_request_seconds",
    help: "Time from a request to the end of its answer.",
    labelNames: ["endpoint"],
    buckets: [0.005, 0.02, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 120],
    registers,
  });
  const decisions = new Histogram({
    name: "tripos_decision_seconds",
    help: "Time of the routing decision.",
    buckets: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05],
    registers,
  });
  const tokens = new Counter({
    name: "tripos_tokens_total",
    help: "Tokens by model and direction.",
    labelNames: ["model", "direction"],
    registers,
  });
  const cost = new Counter({
    name: "tripos_cost_dollars_total",
    help: "Cost of the answers in US dollars by model.",
    labelNames: ["model"],
    registers,
  });
  const failures = new Counter({
    name: "tripos_upstream_failed_tries_total",
    help: "Tries at an upstream after which another model was asked.",
    labelNames: ["upstream"],
    registers,
  });
  new Gauge({
    name: "tripos_upstream_up",
    help: "1 while requests are sent to the upstream, 0 while its circuit breaker is open.",
    labelNames: ["upstream"],
    registers,
    collect() {
      this.reset();
      for (const each of upstreams())
        this.set({ upstream: each.config.name }, each.health().state === "open" ? 0 : 1);
    },
  });
  new Gauge({
    name: "tripos_upstream_in_flight",
    help: "Requests at the upstream now.",
    labelNames: ["upstream"],
    registers,
    collect() {
      this.reset();
      for (const each of upstreams()) this.set({ upstream: each.config.name }, each.health().inFlight);
    },
  });
  let waiting: RequestRecord[] = [];
  function count(record: RequestRecord): void {
    const model = record.model ?? "none";
    requests.inc({ endpoint: record.endpoint, model, outcome: record.outcome });
    seconds.observe({ endpoint: record.endpoint }, record.time / 1000);
    decisions.observe(record.decisionTime / 1000);
    for (const paid of record.steps ?? [{ ...record, model }]) {
      if (paid.inputTokens) tokens.inc({ model: paid.model, direction: "input" }, paid.inputTokens);
      if (paid.outputTokens) tokens.inc({ model: paid.model, direction: "output" }, paid.outputTokens);
    }
    if (record.steps) for (const step of record.steps) cost.inc({ model: step.model }, step.cost ?? 0);
    else if (record.cost) cost.inc({ model }, record.cost);
  }
  function countAll(): void {
    const records = waiting;
    waiting = [];
    for (const record of records) count(record);
  }
  return {
    observe(record) {
      // Many at once take a fraction of the time.
      if (waiting.push(record) >= 64) countAll();
    },
    failedTry: (upstream) => failures.inc({ upstream }),
    text() {
      countAll();
      return registry.metrics();
    },
  };
}
