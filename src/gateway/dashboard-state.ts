import type { Row } from "./database.ts";
import type { Gateway } from "./gateway.ts";
import { refreshed } from "./refreshed.ts";
import type { RequestRecord } from "./request-record.ts";
import type { Store } from "./store.ts";

/** The last requests, for the live view. */
export class Traffic {
  readonly #last: RequestRecord[] = [];
  #count = 0;
  #since = Date.now();
  #rate = 0;

  add(record: RequestRecord): void {
    this.#count++;
    this.#last.unshift(record);
    if (this.#last.length > 30) this.#last.pop();
  }

  get last(): readonly RequestRecord[] {
    return this.#last;
  }

  /** Requests a second over the last seconds. */
  get rate(): number {
    const seconds = (Date.now() - this.#since) / 1000;
    if (seconds >= 2) {
      this.#rate = this.#count / seconds;
      this.#count = 0;
      this.#since = Date.now();
    }
    return this.#rate;
  }
}

const day = "at > now() - interval '24 hours'";

/** What the dashboard shows, as often as it is asked for. Sums are of the last 24 hours, calibration of the last 30 days. */
export function dashboardStates(gateway: Gateway): () => Promise<Record<string, unknown>> {
  const kept = gateway.store && {
    sums: refreshed(() => sumsOf(gateway.store!), 900),
    calibration: refreshed(() => calibrationOf(gateway.store!), 30_000),
  };
  return () => dashboardState(gateway, kept);
}

interface Kept {
  readonly sums: () => Promise<readonly (readonly Row[])[]>;
  readonly calibration: () => Promise<readonly Row[]>;
}

async function dashboardState(gateway: Gateway, kept: Kept | undefined): Promise<Record<string, unknown>> {
  const { store, snapshot, traffic } = gateway;
  const shared = {
    decider: snapshot.decider.name,
    policies: snapshot.decider.policies,
    rate: traffic.rate,
    traffic: traffic.last.map(({ at, endpoint, model, p, outcome, status, time, cost, user }) => ({
      ...{ at, endpoint, model, p, outcome, status, time, cost, user },
    })),
    upstreams: snapshot.fleet.upstreams.map((each) => ({ name: each.config.name, ...each.health() })),
    ...(gateway.configProblem && {
      configProblem: `The new configuration was refused: ${gateway.configProblem}`,
    }),
    ...(store?.records.failing && { storeProblem: "The database takes no records; the journal keeps them." }),
  };
  const nothing = {
    requests: 0,
    cost: 0,
    unpriced: 0,
    tokens: 0,
    saved: null,
    score: null,
    graded: 0,
    failed: 0,
    decisionTime: 0,
  };
  const empty = { ...shared, totals: nothing, models: [], calibration: [], keys: [] };
  if (!kept) return empty;
  try {
    const [[totals, grades, models, keys], calibration] = await Promise.all([
      kept.sums(),
      kept.calibration(),
    ]);
    return {
      ...shared,
      totals: { ...totalsOf(totals[0]), ...gradesOf(grades[0]) },
      models: models.map((row) => ({
        model: row.model,
        answers: Number(row.answers),
        p: row.p,
        cost: row.cost === null ? null : Number(row.cost),
        graded: Number(row.graded),
        score: row.score,
      })),
      calibration: calibration.map((row) => ({
        ...wilson(Number(row.score), Number(row.n)),
        p: Number(row.p),
      })),
      keys,
    };
  } catch (error) {
    return { ...empty, storeProblem: `The database does not answer: ${(error as Error).message}` };
  }
}

/** Totals, grades, models, keys. */
async function sumsOf(store: Store): Promise<readonly (readonly Row[])[]> {
  return Promise.all([
    store.query(`
      select count(*) as requests, coalesce(sum(cost), 0) as cost, coalesce(sum(input_tokens + output_tokens), 0) as tokens,
        count(*) filter (where cost is null) as unpriced, count(*) filter (where outcome <> 'ok') as failed,
        coalesce(percentile_cont(0.5) within group (order by decision_ms), 0) as decision,
        sum(baseline_cost - cost) as saved, count(baseline_cost - cost) as n, coalesce(var_samp(baseline_cost - cost), 0) as variance
      from request where ${day}`),
    store.query(`
      select count(*) as n, avg(score) as mean from feedback where ${day}`),
    store.query(`
      select model, count(*) as answers, avg(p) as p, sum(cost) as cost, count(score) as graded, avg(score) as score
      from request left join request_score on request_id = id
      where ${day} and model is not null group by model order by answers desc`),
    (await store.keyring()).list(),
  ]);
}

function calibrationOf(store: Store): Promise<readonly Row[]> {
  return store.query(`
    select count(*) as n, avg(p) as p, avg(score) as score
    from request join request_score on request_id = id
    where p is not null and at > now() - interval '30 days' group by least(floor(p * 10), 9) order by 2`);
}

/** Cost saved is a sum over requests whose differences vary: its interval is n · (mean ± 1.96 · s/√n). */
function totalsOf(row: Row): Record<string, unknown> {
  const n = Number(row.n);
  const saved = row.saved === null ? null : Number(row.saved);
  const margin = 1.96 * Math.sqrt(n * Number(row.variance));
  return {
    requests: Number(row.requests),
    cost: Number(row.cost),
    unpriced: Number(row.unpriced),
    tokens: Number(row.tokens),
    failed: Number(row.failed),
    decisionTime: Number(row.decision),
    saved,
    ...(saved !== null && { savedLow: saved - margin, savedHigh: saved + margin }),
  };
}

function gradesOf(row: Row): Record<string, unknown> {
  const graded = Number(row.n);
  if (graded === 0) return { graded, score: null };
  const { score, low, high } = wilson(Number(row.mean), graded);
  return { graded, score, scoreLow: low, scoreHigh: high };
}

/** A mean of n grades between 0 and 1 with its 95 % interval (Wilson 1927, exact enough near 0 and 1). */
function wilson(score: number, count: number): { score: number; count: number; low: number; high: number } {
  const z2 = 1.96 ** 2;
  const centre = (score + z2 / (2 * count)) / (1 + z2 / count);
  const half = (1.96 / (1 + z2 / count)) * Math.sqrt((score * (1 - score)) / count + z2 / (4 * count ** 2));
  return { score, count, low: centre - half, high: centre + half };
}
