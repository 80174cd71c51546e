/** One of several that were paid for one answer. */
export interface PaidStep {
  readonly model: string;
  /** "cascade": answered, and was graded; "hedge": given up for a quicker one; "judge": graded. */
  readonly as: "cascade" | "hedge" | "judge";
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cost: number | null;
  /** P(correct) of its answer as graded; null where nobody graded it. */
  readonly judged: number | null;
}

/** What is kept of one request. Times in milliseconds, costs in US dollars. */
export interface RequestRecord {
  readonly id: string;
  /** When it came, milliseconds since 1970. */
  readonly at: number;
  readonly key: string | null;
  readonly user: string | null;
  readonly endpoint: string;
  readonly policy: string | null;
  readonly rule: string | null;
  /** The model that answered, or was to. */
  readonly model: string | null;
  readonly upstream: string | null;
  readonly p: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** The cost that the router expected. */
  readonly expectedCost: number | null;
  /** Null where the model's price is unknown. */
  readonly cost: number | null;
  /** What the best single model would have cost for the same tokens; null where unknown. */
  readonly baselineCost: number | null;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly estimated: boolean;
  readonly status: number;
  readonly outcome: "ok" | "error" | "cut" | "cancelled";
  /** Tries that failed before the one that answered. */
  readonly failedTries: number;
  readonly decisionTime: number;
  readonly firstByteTime: number;
  readonly time: number;
  readonly streamed: boolean;
  /** Which router decided, and its version (a hash of its files); null where none with versions did. */
  readonly router: string | null;
  readonly routerVersion: string | null;
  /** Everybody who was paid, where that was more than the model that answered; tokens and cost above are their sums. */
  readonly steps: readonly PaidStep[] | null;
  /** The question, where the configuration says to keep it. */
  readonly question: string | null;
}
