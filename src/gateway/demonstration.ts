import { modelNames } from "../routing/index.ts";
import { loadRouter } from "../storage/index.ts";
import { type GatewayConfig, parseConfig } from "./config.ts";
import { embeddedMmlu } from "./mmlu-decider.ts";
import type { Transport, UpstreamCall } from "./upstream.ts";

const encoder = new TextEncoder();

/**
 * An upstream inside the gateway that answers every model's questions by saying that it is no model, so that the
 * gateway can be tried without one. It speaks the chat, completions, responses and embeddings formats, streamed too.
 */
export function demonstrationTransport(): Transport {
  return {
    async send(call) {
      const request = JSON.parse(call.body) as { model: string; stream?: boolean; input?: unknown };
      const streamed = request.stream === true && !call.path.startsWith("/embeddings");
      return {
        status: 200,
        headers: { "content-type": streamed ? "text/event-stream; charset=utf-8" : "application/json" },
        body: streamed ? events(call, request.model) : once(JSON.stringify(answer(call, request))),
        cancel: () => {},
      };
    },
    close: async () => {},
  };
}

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield encoder.encode(text);
}

function sentence(model: string): string {
  return `This is Tripos's demonstration upstream, not a language model. The question was routed to ${model}.`;
}

function usage(call: UpstreamCall, model: string): { input: number; output: number } {
  return { input: Math.ceil(call.body.length / 4), output: Math.ceil(sentence(model).length / 4) };
}

function answer(call: UpstreamCall, request: { model: string; input?: unknown }): unknown {
  const { model } = request;
  const { input, output } = usage(call, model);
  const created = Math.floor(Date.now() / 1000);
  const id = crypto.randomUUID();
  const counted = { prompt_tokens: input, completion_tokens: output, total_tokens: input + output };
  if (call.path.startsWith("/embeddings")) {
    const inputs = Array.isArray(request.input) ? request.input : [request.input];
    const data = inputs.map((_, index) => ({ object: "embedding", index, embedding: [0, 0, 0, 0] }));
    return { object: "list", model, data, usage: { prompt_tokens: input, total_tokens: input } };
  }
  if (call.path.startsWith("/responses"))
    return {
      id: `resp_${id}`,
      object: "response",
      created_at: created,
      status: "completed",
      model,
      output: [
        {
          type: "message",
          id: `msg_${id}`,
          status: "completed",
          role: "assistant",
          content: [{ type: "output_text", text: sentence(model), annotations: [] }],
        },
      ],
      usage: { input_tokens: input, output_tokens: output, total_tokens: input + output },
    };
  if (call.path.startsWith("/completions"))
    return {
      id: `cmpl-${id}`,
      object: "text_completion",
      created,
      model,
      choices: [{ index: 0, text: sentence(model), finish_reason: "stop", logprobs: null }],
      usage: counted,
    };
  return {
    id: `chatcmpl-${id}`,
    object: "chat.completion",
    created,
    model,
    choices: [{ index: 0, message: { role: "assistant", content: sentence(model) }, finish_reason: "stop" }],
    usage: counted,
  };
}

async function* events(call: UpstreamCall, model: string): AsyncGenerator<Uint8Array> {
  const created = Math.floor(Date.now() / 1000);
  const id = crypto.randomUUID();
  const event = (data: unknown) => encoder.encode(`data: ${JSON.stringify(data)}\n\n`);
  const words = sentence(model).match(/\S+\s*/g) ?? [];
  if (call.path.startsWith("/responses")) {
    const named = (data: { type: string }) =>
      encoder.encode(`event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`);
    const response = answer(call, { model }) as { output: { id: string }[] };
    let sequence_number = 0;
    yield named({
      type: "response.created",
      response: { ...response, output: [], status: "in_progress" },
      sequence_number: sequence_number++,
    } as { type: string });
    for (const delta of words)
      yield named({
        type: "response.output_text.delta",
        item_id: response.output[0].id,
        output_index: 0,
        content_index: 0,
        delta,
        sequence_number: sequence_number++,
      } as { type: string });
    yield named({ type: "response.completed", response, sequence_number } as { type: string });
    return;
  }
  const chat = !call.path.startsWith("/completions");
  const shared = { id, object: chat ? "chat.completion.chunk" : "text_completion", created, model };
  for (const [i, word] of words.entries())
    yield event({
      ...shared,
      choices: [
        chat
          ? { index: 0, delta: { ...(i === 0 && { role: "assistant" }), content: word }, finish_reason: null }
          : { index: 0, text: word, finish_reason: null },
      ],
    });
  const { input, output } = usage(call, model);
  yield event({
    ...shared,
    choices: [{ index: 0, ...(chat ? { delta: {} } : { text: "" }), finish_reason: "stop" }],
    usage: { prompt_tokens: input, completion_tokens: output, total_tokens: input + output },
  });
  yield encoder.encode("data: [DONE]\n\n");
}

/**
 * A configuration that needs nothing: a router's models, all answered by the demonstration upstream.
 *
 * @param router folder of a router, or "mmlu": the models whose MMLU responses come with Tripos
 */
export function demonstrationConfig(router = "mmlu"): GatewayConfig {
  const models = router === "mmlu" ? embeddedMmlu().responses.subjects : modelNames(loadRouter(router));
  return parseConfig({
    router,
    upstreams: [{ name: "demonstration", kind: "demonstration" }],
    models: models.map((name) => ({
      name,
      upstream: "demonstration",
      // As hosts of such models charge, by their 7 or 8 billion parameters; other routers bring their own costs.
      ...(router === "mmlu" && {
        price: /8b/i.test(name) ? { input: 0.05, output: 0.08 } : { input: 0.03, output: 0.05 },
      }),
    })),
  });
}
