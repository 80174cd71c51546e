import {
  type Decider,
  type GatewayConfigInput,
  listDecider,
  parseConfig,
  type RequestRecord,
  type RunningGateway,
  type Store,
  startGateway,
  type Tracing,
} from "../src/gateway/index.ts";

/** A gateway on a free port whose records a test can read. */
export interface TestGateway extends RunningGateway {
  readonly records: RequestRecord[];
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
}

/** A decider with fixed chances: the best first; "cheap" turns the order round. */
function fixedDecider(chances: Readonly<Record<string, number>>): Decider {
  const inner = listDecider(Object.keys(chances));
  return {
    ...inner,
    policies: ["cheap"],
    baseline: inner.models[0],
    decide({ policy, ...question }) {
      const { candidates } = inner.decide({ ...question, conversation: undefined });
      const ranked = candidates
        .map(({ model }) => ({
          model,
          p: chances[model],
          interval: [chances[model] - 0.1, chances[model] + 0.1] as const,
          cost: chances[model] / 1000,
        }))
        .sort((a, b) => (policy === "cheap" ? a.p - b.p : b.p - a.p));
      return { ...ranked[0], candidates: ranked, rule: policy ?? "highest P" };
    },
  };
}

/** Starts one in front of the upstreams `{name: url}`, one model of the same name each, unless told otherwise. */
export async function testGateway(
  upstreams: Readonly<Record<string, string>>,
  options: {
    config?: Partial<GatewayConfigInput>;
    upstream?: object;
    decider?: Decider;
    store?: Store;
    tracing?: Tracing;
  } = {},
): Promise<TestGateway> {
  const records: RequestRecord[] = [];
  const names = Object.keys(upstreams);
  const gateway = await startGateway({
    config: parseConfig({
      listen: { port: 0 },
      upstreams: names.map((name) => ({
        name,
        baseUrl: `${upstreams[name]}/v1`,
        backoff: "5ms",
        ...options.upstream,
      })),
      models: names.map((name) => ({ name, upstream: name, price: { input: 1, output: 2 } })),
      ...options.config,
    }),
    decider:
      options.decider ?? fixedDecider(Object.fromEntries(names.map((name, i) => [name, 0.9 - i / 10]))),
    ...(options.store && { store: options.store }),
    ...(options.tracing && { tracing: options.tracing }),
    onRecord: (record) => records.push(record),
  });
  return {
    ...gateway,
    get records() {
      gateway.catchUp();
      return records;
    },
    post: (path, body, headers = {}) =>
      fetch(gateway.url + path, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: typeof body === "string" ? body : JSON.stringify(body),
      }),
  };
}

export const ask = (content = "Is glass a liquid?", more = {}) => ({
  model: "tripos",
  messages: [{ role: "user", content }],
  ...more,
});

/** Waits until something holds. */
export async function until(holds: () => boolean, milliseconds = 3000): Promise<void> {
  const end = Date.now() + milliseconds;
  while (!holds()) {
    if (Date.now() > end) throw new Error("waited in vain");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
