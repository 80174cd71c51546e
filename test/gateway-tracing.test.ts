import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openTracing, type Tracing } from "../src/gateway/index.ts";
import { type ScriptedUpstream, scriptedUpstream } from "./scripted-upstream.ts";
import { ask, type TestGateway, testGateway } from "./test-gateway.ts";

interface ExportedSpan {
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly status: { readonly code?: number };
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
}

const spans: ExportedSpan[] = [];
const paths = new Set<string>();
const collector = createServer((request, response) => {
  const pieces: Buffer[] = [];
  request.on("data", (piece: Buffer) => pieces.push(piece));
  request.on("end", () => {
    paths.add(request.url ?? "");
    const body = Buffer.concat(pieces);
    const text = String(request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body);
    const { resourceSpans } = JSON.parse(text) as {
      resourceSpans: { scopeSpans: { spans: ExportedSpan[] }[] }[];
    };
    spans.push(...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)));
    response.writeHead(200, { "content-type": "application/json" }).end("{}");
  });
});
let upstream: ScriptedUpstream;
let tracing: Tracing;
let gateway: TestGateway;

beforeAll(async () => {
  await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve));
  const { port } = collector.address() as AddressInfo;
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = `http://127.0.0.1:${port}`;
  tracing = (await openTracing(process.env))!;
  upstream = await scriptedUpstream();
  gateway = await testGateway({ strong: upstream.url }, { tracing, upstream: { retries: 0 } });
});
afterAll(async () => {
  delete process.env.OTEL_EXPORTER_OTLP_ENDPOINT;
  await gateway.close(100);
  await upstream.close();
  collector.close();
});

test("without a collector nothing is traced", async () => {
  expect(await openTracing({})).toBeUndefined();
  expect(
    await openTracing({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://x", OTEL_SDK_DISABLED: "true" }),
  ).toBeUndefined();
});

test("a request's spans reach the collector with the conventions for generative AI, in the client's trace", async () => {
  const traceId = "0af7651916cd43dd8448eb211c80319c";
  await gateway.post("/v1/chat/completions", ask(), { traceparent: `00-${traceId}-b7ad6b7169203331-01` });
  upstream.answer = (_, response) => void response.writeHead(500).end();
  await gateway.post("/v1/chat/completions", ask(), { traceparent: "not one" });
  // Refused before anybody was asked: its spans end all the same.
  await gateway.post("/v1/chat/completions", ask("q", { model: "unheard of" }));
  gateway.catchUp();
  await tracing.close();
  expect([...paths]).toEqual(["/v1/traces"]);
  expect(spans).toHaveLength(6);
  const codes = spans.flatMap(({ kind, attributes }) =>
    kind === 2
      ? attributes
          .filter(({ key }) => key === "http.response.status_code")
          .map(({ value }) => Object.values(value)[0])
      : [],
  );
  expect(codes.map(Number).sort()).toEqual([200, 404, 502]);
  const own = spans.filter((span) => span.traceId === traceId);
  const [inner, outer] = [own.find(({ kind }) => kind === 3)!, own.find(({ kind }) => kind === 2)!];
  expect(outer.parentSpanId).toBe("b7ad6b7169203331");
  expect(inner).toMatchObject({ name: "chat strong", parentSpanId: outer.spanId });
  const attributes = Object.fromEntries(
    [...inner.attributes, ...outer.attributes].map(({ key, value }) => [key, Object.values(value)[0]]),
  );
  expect(attributes).toMatchObject({
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "strong",
    "gen_ai.request.model": "strong",
    "gen_ai.usage.input_tokens": 60,
    "gen_ai.usage.output_tokens": 6,
    "tripos.p": 0.9,
    "http.response.status_code": 200,
  });
  // The upstream's spans stand below the one that asks it.
  expect(upstream.received[0].headers.traceparent).toBe(`00-${traceId}-${inner.spanId}-01`);
  const failed = spans.find(
    (span) => span.kind === 3 && span.traceId !== traceId && span.name === "chat strong",
  )!;
  expect(failed.status.code).toBe(2);
  expect(failed.attributes).toContainEqual({ key: "error.type", value: { stringValue: "502" } });
  // Prompts are nobody's business unless asked for.
  expect(JSON.stringify(spans)).not.toContain("glass");
});
