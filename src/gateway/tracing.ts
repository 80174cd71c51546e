import { InputError } from "../input-error.ts";
import type { UpstreamConfig } from "./config.ts";
import type { Asked } from "./exchange.ts";
import type { LiveModel } from "./fleet.ts";
import type { Endpoint } from "./question-text.ts";
import type { RequestRecord } from "./request-record.ts";

/** A request that is traced. */
export interface TracedRequest {
  /** For the upstream, so that its spans stand below ours (W3C trace context). */
  readonly traceparent: string;
  /** Ends what was refused before anybody was asked. */
  refuse(status: number): void;
  end(record: RequestRecord, model: LiveModel | undefined): void;
}

/** Traces in OpenTelemetry's form, with its conventions for generative AI. */
export interface Tracing {
  begin(endpoint: Endpoint, asked: Asked): TracedRequest;
  /** Sends what is not yet sent. */
  close(): Promise<void>;
}

const operations: Readonly<Record<Endpoint, string>> = {
  chat: "chat",
  messages: "chat",
  responses: "chat",
  completions: "text_completion",
  embeddings: "embeddings",
};

/**
 * Opens tracing where the environment names a collector (OTEL_EXPORTER_OTLP_ENDPOINT or
 * OTEL_EXPORTER_OTLP_TRACES_ENDPOINT; OTLP over HTTP). Without one nothing of OpenTelemetry is loaded.
 *
 * @throws InputError when its packages are not installed
 */
export async function openTracing(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Tracing | undefined> {
  const collector = environment.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? environment.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (!collector || environment.OTEL_SDK_DISABLED === "true") return undefined;
  const [
    api,
    { BasicTracerProvider, BatchSpanProcessor },
    { OTLPTraceExporter },
    { resourceFromAttributes },
  ] = await packages();
  const { SpanKind, SpanStatusCode, TraceFlags, ROOT_CONTEXT, isSpanContextValid, trace } = api;
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ "service.name": environment.OTEL_SERVICE_NAME ?? "tripos" }),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
  });
  const tracer = provider.getTracer("tripos");

  function contextOf(asked: Asked) {
    const [, traceId, spanId, flags] =
      /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(asked.header("traceparent") ?? "") ?? [];
    if (!traceId) return ROOT_CONTEXT;
    const remote = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
    return isSpanContextValid(remote) ? trace.setSpanContext(ROOT_CONTEXT, remote) : ROOT_CONTEXT;
  }

  return {
    begin(endpoint, asked) {
      const operation = operations[endpoint];
      const outer = tracer.startSpan(`POST ${endpoint}`, { kind: SpanKind.SERVER }, contextOf(asked));
      const within = trace.setSpan(ROOT_CONTEXT, outer);
      const inner = tracer.startSpan(operation, { kind: SpanKind.CLIENT }, within);
      const { traceId, spanId, traceFlags } = inner.spanContext();
      const sampled = (traceFlags & TraceFlags.SAMPLED) === TraceFlags.SAMPLED;
      return {
        traceparent: `00-${traceId}-${spanId}-${sampled ? "01" : "00"}`,
        refuse(status) {
          for (const span of [inner, outer]) {
            span.setAttributes({ "error.type": String(status), "gen_ai.operation.name": operation });
            span.setStatus({ code: SpanStatusCode.ERROR });
          }
          outer.setAttributes({ "http.request.method": "POST", "http.response.status_code": status });
          inner.end();
          outer.end();
        },
        end(record, model) {
          outer.setAttributes({
            "http.request.method": "POST",
            "http.response.status_code": record.status,
            "tripos.request_id": record.id,
            ...(record.policy !== null && { "tripos.policy": record.policy }),
            ...(record.p !== null && { "tripos.p": record.p }),
            ...(record.cost !== null && { "tripos.cost": record.cost }),
            "tripos.decision_ms": record.decisionTime,
            "tripos.failed_tries": record.failedTries,
          });
          inner.updateName(`${operation} ${record.model ?? "none"}`);
          inner.setAttributes({
            "gen_ai.operation.name": operation,
            ...(model && {
              "gen_ai.provider.name": providerOf(model.upstream.config),
              "gen_ai.request.model": model.config.as ?? model.config.name,
            }),
            "gen_ai.usage.input_tokens": record.inputTokens,
            "gen_ai.usage.output_tokens": record.outputTokens,
          });
          if (record.outcome !== "ok")
            for (const span of [inner, outer]) {
              span.setAttribute(
                "error.type",
                record.outcome === "error" ? String(record.status) : record.outcome,
              );
              span.setStatus({ code: SpanStatusCode.ERROR });
            }
          inner.end();
          outer.end();
        },
      };
    },
    close: () => provider.shutdown(),
  };
}

async function packages() {
  try {
    return await Promise.all([
      import("@opentelemetry/api"),
      import("@opentelemetry/sdk-trace-base"),
      import("@opentelemetry/exporter-trace-otlp-http"),
      import("@opentelemetry/resources"),
    ]);
  } catch {
    throw new InputError("a collector of traces is named, but OpenTelemetry is not installed", {
      source: "OTEL_EXPORTER_OTLP_ENDPOINT",
      hint: "npm install @opentelemetry/api @opentelemetry/sdk-trace-base @opentelemetry/exporter-trace-otlp-http @opentelemetry/resources",
    });
  }
}

/** The provider under OpenTelemetry's name for it; a server of one's own under that of its upstream. */
function providerOf({ name, kind, baseUrl }: UpstreamConfig): string {
  if (kind === "azure") return "azure.ai.openai";
  if (kind === "anthropic") return "anthropic";
  if (kind === "gemini") return "gcp.gemini";
  if (kind === "bedrock") return "aws.bedrock";
  const host = baseUrl === undefined ? "" : new URL(baseUrl).hostname;
  const known: Readonly<Record<string, string>> = {
    "api.openai.com": "openai",
    "api.mistral.ai": "mistral_ai",
    "generativelanguage.googleapis.com": "gcp.gemini",
    "api.groq.com": "groq",
  };
  return known[host] ?? (host.endsWith(".amazonaws.com") ? "aws.bedrock" : name);
}
