import { z } from "zod";
import { mistakeIn, type PlaceOf } from "./config-mistakes.ts";
import { bytes, duration, keyFrom, name, webAddress } from "./config-values.ts";

const timeouts = z
  .strictObject({
    connect: duration.default(5_000),
    first: duration.default(120_000),
    idle: duration.default(120_000),
  })
  .prefault({});

/** Kinds whose address is known. */
const ownAddress: ReadonlySet<string> = new Set(["gemini", "bedrock", "demonstration"]);

const upstream = z.strictObject({
  name,
  kind: z.enum(["openai", "azure", "anthropic", "gemini", "bedrock", "demonstration"]).default("openai"),
  baseUrl: webAddress.optional(),
  /** The key itself should come from the environment or a file. */
  keyFrom: keyFrom.optional(),
  apiVersion: z.string().optional(),
  /** Of Bedrock; AWS_REGION unless given. */
  region: z
    .string()
    .regex(/^[a-z0-9-]+$/)
    .optional(),
  headers: z.record(z.string(), z.string()).default({}),
  timeouts,
  retries: z.number().int().min(0).max(10).default(2),
  backoff: duration.default(250),
  concurrency: z.number().int().positive().default(256),
  queue: z.number().int().min(0).default(1024),
  breaker: z
    .strictObject({ failures: z.number().int().positive().default(5), cooldown: duration.default(15_000) })
    .prefault({}),
  /** Ask the next model too when the first bytes take longer than this share of recent answers did. */
  hedgeAfter: z.number().gt(0).lt(1).optional(),
});

const model = z.strictObject({
  name,
  upstream: name,
  /** What the upstream calls it (default: the same name). */
  as: z.string().min(1).optional(),
  /** US dollars per million tokens. Without one the cost is unknown; a model that costs nothing says 0. */
  price: z.strictObject({ input: z.number().min(0), output: z.number().min(0) }).optional(),
});

const policy = z.strictObject({
  /** As the command line writes it: `cheapest:0.6`. */
  rule: z.string(),
  /** Instead of the gateway's. */
  stickiness: z.number().min(0).max(1).optional(),
});

const grader = z.discriminatedUnion(
  "kind",
  [
    /** The answer's own log-probabilities; where the upstream gives none, the router's P. */
    z.strictObject({ kind: z.literal("confidence") }),
    /** Right if it matches. */
    z.strictObject({
      kind: z.literal("regex"),
      pattern: z.string().refine(isPattern, "a regular expression"),
      flags: z
        .string()
        .regex(/^[imsu]*$/, "flags of i, m, s, u")
        .default(""),
    }),
    /** A program that reads {"question", "answer", "model"} and prints P, or ends with 0 (right) or something else. */
    z.strictObject({
      kind: z.literal("command"),
      command: z.array(z.string().min(1)).min(1),
      timeout: duration.default(10_000),
    }),
    /** Another model, asked how sure it is. */
    z.strictObject({ kind: z.literal("model"), model: name, prompt: z.string().min(1).optional() }),
  ],
  { error: "a grader whose kind is confidence, regex, command or model" },
);

function isPattern(text: string): boolean {
  try {
    return new RegExp(text) !== undefined;
  } catch {
    return false;
  }
}

const exam = z.strictObject({
  id: name,
  /** File of `tripos exam design`. */
  exam: z.string().min(1),
  /** Folder of the item bank that it was made from. */
  bank: z.string().min(1),
  /** File of the questions with their right answers, for runs. */
  questions: z.string().min(1).optional(),
});

/** Embedders of a router that reads more of a question than its text, as the options of `tripos train` name them. */
const embedder = z.discriminatedUnion(
  "kind",
  [
    z.strictObject({
      kind: z.literal("minilm"),
      /** Folder with all-MiniLM-L6-v2-int8. */
      models: z.string().min(1).optional(),
      timeout: duration.default(2_000),
    }),
    z.strictObject({
      kind: z.literal("openai"),
      baseUrl: webAddress,
      embeddingModel: z.string().min(1).default("text-embedding-3-small"),
      keyFrom: keyFrom.optional(),
      timeout: duration.default(2_000),
    }),
  ],
  { error: "an embedder whose kind is minilm or openai" },
);

const schema = z
  .strictObject({
    listen: z
      .strictObject({
        host: z.string().default("127.0.0.1"),
        port: z.number().int().min(0).max(65535).default(8080),
      })
      .prefault({}),
    router: z.string().optional(),
    /** What gateways of one database share the router's versions and lessons under; its folder's path unless given. */
    routerName: z.string().min(1).max(200).optional(),
    embedders: z.array(embedder).default([]),
    policy: z.string().optional(),
    /** Names for policies: `tripos/NAME` asks for one. */
    policies: z
      .record(
        name,
        z.union([z.string(), policy], { error: 'a rule such as "cheapest:0.6", or { rule, stickiness }' }),
      )
      .default({
        quality: "quality",
        cheap: "cheapest:0.6",
        budget: "budget:0.001",
        cascade: "cascade:0.7",
      }),
    /** How a cascade's answers are graded. */
    grader: grader.default({ kind: "confidence" }),
    upstreams: z.array(upstream).min(1),
    models: z.array(model).min(1),
    exams: z.array(exam).default([]),
    /** Give up a conversation's model only for a gain above this: in P, or in what the policy aims at. */
    stickiness: z.number().min(0).max(1).default(0.05),
    limits: z
      .strictObject({ body: bytes.default(20 * 1024 ** 2), requestTime: duration.default(30_000) })
      .prefault({}),
    store: z
      .strictObject({
        folder: z.string().default(".tripos"),
        prompts: z.boolean().default(false),
        /** Days after which requests are deleted; without it they stay. */ keepDays: z
          .number()
          .int()
          .positive()
          .optional(),
      })
      .prefault({}),
    /** Whether `GET /metrics` asks for an admin's key. */
    metrics: z.strictObject({ key: z.boolean().default(false) }).prefault({}),
    keys: z
      .strictObject({
        required: z.boolean().default(false),
        adminFrom: z.strictObject({ env: z.string().default("TRIPOS_ADMIN_KEY") }).prefault({}),
      })
      .prefault({}),
  })
  .superRefine((config, context) => {
    const upstreams = new Set(config.upstreams.map((each) => each.name));
    unique(config.upstreams, "upstreams", context);
    unique(config.models, "models", context);
    config.models.forEach((each, i) => {
      if (!upstreams.has(each.upstream))
        context.addIssue({
          code: "custom",
          path: ["models", i, "upstream"],
          message: `one of the upstreams (${[...upstreams].join(", ")})`,
          input: each.upstream,
        });
    });
    const { grader } = config;
    if (grader.kind === "model" && !config.models.some((each) => each.name === grader.model))
      context.addIssue({
        code: "custom",
        path: ["grader", "model"],
        message: `one of the models (${config.models.map((each) => each.name).join(", ")})`,
        input: grader.model,
      });
    config.upstreams.forEach((each, i) => {
      if (!ownAddress.has(each.kind) && !each.baseUrl)
        context.addIssue({
          code: "custom",
          path: ["upstreams", i, "baseUrl"],
          message: "the upstream's address",
        });
    });
  });

function unique(list: readonly { name: string }[], field: string, context: z.RefinementCtx): void {
  const seen = new Set<string>();
  list.forEach((each, i) => {
    if (seen.has(each.name))
      context.addIssue({
        code: "custom",
        path: [field, i, "name"],
        message: "a name that occurs once",
        input: each.name,
      });
    seen.add(each.name);
  });
}

/** The gateway's configuration, defaults filled in. Times in milliseconds, sizes in bytes. */
export type GatewayConfig = z.output<typeof schema>;
/** The same as a user writes it. */
export type GatewayConfigInput = z.input<typeof schema>;
export type UpstreamConfig = GatewayConfig["upstreams"][number];
export type EmbedderConfig = GatewayConfig["embedders"][number];
export type ModelConfig = GatewayConfig["models"][number];

/** Checks a configuration given as an object. @throws InputError naming the field */
export function parseConfig(input: unknown, source = "configuration", place?: PlaceOf): GatewayConfig {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  throw mistakeIn(result.error.issues, schema, input, source, place);
}
