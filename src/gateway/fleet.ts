import {
  BrokenCircuitError,
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  DelegateBackoff,
  handleWhen,
  type IRetryBackoffContext,
  retry,
} from "cockatiel";
import { Pool } from "undici";
import type { GatewayConfig, ModelConfig, UpstreamConfig } from "./config.ts";
import { demonstrationTransport } from "./demonstration.ts";
import { abortSignal } from "./departure.ts";
import { fetchTransport } from "./fetch-transport.ts";
import { Latencies } from "./latencies.ts";
import { isNative, nativeTransport } from "./native-transport.ts";
import { mayPass, type OpenedAnswer, openAnswer, reason, UpstreamFault } from "./opened-answer.ts";
import { environmentOrFile } from "./secret.ts";
import { Slots } from "./slots.ts";
import { httpTransport, type Transport, type UpstreamCall } from "./upstream.ts";

/** A retry waits no longer than this for an upstream; the next model is asked instead. */
const patience = 5_000;

/** An upstream in use: its connections, and what is known of how it fares. */
export interface LiveUpstream {
  readonly config: UpstreamConfig;
  readonly latencies: Latencies;
  /** Asks once, or again after passing faults. @throws UpstreamFault */
  ask(call: UpstreamCall): Promise<OpenedAnswer>;
  /** "closed" is healthy, "open" is left alone for a while. */
  health(): {
    state: "closed" | "open" | "half-open";
    waiting: number;
    inFlight: number;
    lastFault: string | undefined;
  };
  close(): Promise<void>;
}

/** A model that can be asked. */
export interface LiveModel {
  readonly config: ModelConfig;
  readonly upstream: LiveUpstream;
}

/** The models and upstreams of one configuration. */
export interface Fleet {
  readonly models: ReadonlyMap<string, LiveModel>;
  readonly upstreams: readonly LiveUpstream[];
  close(): Promise<void>;
}

/** Opens the upstreams of a configuration. @throws InputError when a key is missing */
export function openFleet(config: GatewayConfig): Fleet {
  const upstreams = new Map(config.upstreams.map((each) => [each.name, liveUpstream(each)]));
  const models = new Map(
    config.models.map((each) => [each.name, { config: each, upstream: upstreams.get(each.upstream)! }]),
  );
  return {
    models,
    upstreams: [...upstreams.values()],
    close: async () => {
      await Promise.all([...upstreams.values()].map((each) => each.close()));
    },
  };
}

function liveUpstream(config: UpstreamConfig): LiveUpstream {
  const transport = transportOf(config);
  const slots = new Slots(config.concurrency, config.queue);
  const latencies = new Latencies();
  let inFlight = 0;
  let lastFault: string | undefined;
  const breaker = circuitBreaker(
    handleWhen((error) => error instanceof UpstreamFault && mayPass(error) && error.status !== 429),
    { halfOpenAfter: config.breaker.cooldown, breaker: new ConsecutiveBreaker(config.breaker.failures) },
  );
  const retries = retry(
    handleWhen(
      (error) => error instanceof UpstreamFault && mayPass(error) && (error.retryAfter ?? 0) <= patience,
    ),
    {
      maxAttempts: config.retries,
      backoff: new DelegateBackoff((context: IRetryBackoffContext<unknown>) => {
        const fault = "error" in context.result ? context.result.error : undefined;
        const asked = fault instanceof UpstreamFault ? fault.retryAfter : undefined;
        return Math.max(asked ?? 0, config.backoff * 2 ** (context.attempt - 1) * (0.5 + Math.random()));
      }),
    },
  );

  async function once(call: UpstreamCall): Promise<OpenedAnswer> {
    const release = slots.free() ?? (await slots.take(call.signal));
    inFlight++;
    const begun = performance.now();
    const finish = () => {
      inFlight--;
      release();
    };
    try {
      const opened = await openAnswer(await transport.send(call));
      latencies.add(performance.now() - begun);
      return finishing(opened, finish);
    } catch (error) {
      finish();
      if (call.signal.aborted) throw error;
      const fault = error instanceof UpstreamFault ? error : new UpstreamFault(reason(error));
      lastFault = fault.message;
      throw fault;
    }
  }

  return {
    config,
    latencies,
    async ask(call) {
      try {
        const ask = () => breaker.execute(() => once(call));
        const first = ask();
        try {
          return await first;
        } catch {
          // Nearly all succeed at once: the machinery of trying again is begun only for those that do not.
          return await retries.execute(
            ({ attempt }) => (attempt === 0 ? first : ask()),
            abortSignal(call.signal),
          );
        }
      } catch (error) {
        if (error instanceof BrokenCircuitError)
          throw new UpstreamFault(`is left alone after ${lastFault ?? "failures"}`, 503);
        throw error;
      }
    },
    health: () => ({ state: stateName(breaker), waiting: slots.waiting, inFlight, lastFault }),
    close: () => transport.close(),
  };
}

function stateName(breaker: CircuitBreakerPolicy): "closed" | "open" | "half-open" {
  if (breaker.state === CircuitState.Closed) return "closed";
  return breaker.state === CircuitState.HalfOpen ? "half-open" : "open";
}

/** The same answer, telling when its last byte was read or it was given up. */
function finishing(opened: OpenedAnswer, finish: () => void): OpenedAnswer {
  const { rest } = opened;
  let open = true;
  const end = () => {
    if (!open) return;
    open = false;
    finish();
  };
  if (!rest) {
    end();
    return opened;
  }
  return {
    ...opened,
    rest: {
      async next() {
        try {
          const result = await rest.next();
          if (result.done) end();
          return result;
        } catch (error) {
          end();
          throw error;
        }
      },
    },
    cancel() {
      end();
      opened.cancel();
    },
  };
}

function transportOf(config: UpstreamConfig): Transport {
  if (config.kind === "demonstration") return demonstrationTransport();
  const key = environmentOrFile(config.keyFrom, `the upstream ${config.name}`);
  if (isNative(config.kind)) return nativeTransport(config, config.kind, key);
  const headers: Record<string, string> = { "accept-encoding": "identity", ...config.headers };
  if (config.kind === "azure" && key) headers["api-key"] = key;
  else if (config.kind === "anthropic") {
    if (key) headers["x-api-key"] = key;
    headers["anthropic-version"] ??= config.apiVersion ?? "2023-06-01";
  } else if (key) headers.authorization = `Bearer ${key}`;
  const query =
    config.kind === "azure" ? `?api-version=${encodeURIComponent(config.apiVersion ?? "2024-10-21")}` : "";
  // Bun puts a module of its own in undici's place, without dispatching.
  const open = "dispatch" in Pool.prototype ? httpTransport : fetchTransport;
  return open(config.baseUrl!, headers, config.timeouts, query);
}
