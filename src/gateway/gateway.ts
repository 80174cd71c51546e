import type { Afterwards } from "./afterwards.ts";
import type { GatewayConfig } from "./config.ts";
import type { Conversations } from "./conversations.ts";
import type { Traffic } from "./dashboard-state.ts";
import type { Decider } from "./decide.ts";
import type { Examinations } from "./examinations.ts";
import type { Fleet } from "./fleet.ts";
import type { Grader } from "./grader.ts";
import type { Metrics } from "./metrics.ts";
import type { RequestRecord } from "./request-record.ts";
import type { Store } from "./store.ts";
import type { Tracing } from "./tracing.ts";

/** Everything that one configuration and router give; replaced whole on reload, kept by the requests under way. */
export interface Snapshot {
  readonly config: GatewayConfig;
  readonly decider: Decider;
  readonly fleet: Fleet;
  readonly grader: Grader;
}

/** The parts that a running gateway's endpoints share. */
export interface Gateway {
  snapshot: Snapshot;
  /** Why the last new configuration was refused. */
  configProblem: string | undefined;
  readonly metrics: Metrics;
  readonly conversations: Conversations;
  readonly traffic: Traffic;
  /** Records, keys and feedback; without it nothing is kept and no keys are asked for. */
  readonly store: Store | undefined;
  /** The key of the operator, from the environment. */
  readonly adminKey: string | undefined;
  /** Undefined unless a collector is named. */
  readonly tracing: Tracing | undefined;
  /** Exams whose answers can be handed in. */
  readonly exams: Examinations | undefined;
  /** A grade was given. */
  graded(): void;
  /** Reports a fault of the gateway itself. */
  problem(message: string, error: unknown): void;
  /** What answers need not wait for. */
  readonly afterwards: Afterwards;
  /** Keeps what happened; never throws, never waits. */
  record(record: RequestRecord): void;
}
