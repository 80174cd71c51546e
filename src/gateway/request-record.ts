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
  /** The question, where the configuration says to keep it. */
  readonly question: string | null;
}
