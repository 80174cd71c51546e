import { createRequire } from "node:module";
import { InputError } from "../input-error.ts";
import type { UpstreamConfig } from "./config.ts";
import { Deadline } from "./deadline.ts";
import { callToChat, piecesToChat } from "./native-answer.ts";
import { chatToCall, type NativeModel } from "./native-request.ts";
import { UpstreamFault } from "./opened-answer.ts";
import type { Body } from "./question-text.ts";
import type { Timeouts, Transport, UpstreamAnswer } from "./upstream.ts";

/** Services that are asked in their own formats, and the library that speaks each. */
const libraries = { gemini: "@ai-sdk/google", bedrock: "@ai-sdk/amazon-bedrock" } as const;

export type NativeKind = keyof typeof libraries;

export function isNative(kind: UpstreamConfig["kind"]): kind is NativeKind {
  return kind in libraries;
}

/**
 * An upstream asked in its own format (Gemini's generateContent, Bedrock's Converse), by the Vercel AI SDK's provider for
 * it, which is installed beside Tripos. Takes chat requests and gives chat answers.
 *
 * @throws InputError when the library is not installed
 */
export function nativeTransport(
  config: UpstreamConfig,
  kind: NativeKind,
  key: string | undefined,
): Transport {
  const library = libraries[kind];
  try {
    createRequire(import.meta.url).resolve(library);
  } catch {
    throw new InputError("the library for its format is not installed", {
      source: `upstream ${config.name}`,
      expected: library,
      hint: `npm install ${library}@${kind === "gemini" ? 3 : 4}`,
    });
  }
  let opened: Promise<(model: string) => NativeModel> | undefined;
  return {
    async send({ path, body: text, headers, signal }) {
      if (path !== "/chat/completions") throw new UpstreamFault(`has no ${path}`, 404);
      const body = JSON.parse(text) as Body;
      opened ??= kind === "gemini" ? gemini(config, key) : bedrock(config, key);
      const model = (await opened)(String(body.model));
      const deadline = new Deadline(signal);
      const call = { ...chatToCall(body), headers, abortSignal: deadline.signal };
      try {
        return await answerOf(model, call, body.stream === true, deadline, config.timeouts);
      } catch (error) {
        deadline.end();
        return refusal(error);
      }
    },
    close: async () => {},
  };
}

async function gemini({ baseUrl, headers }: UpstreamConfig, apiKey: string | undefined) {
  const { createGoogleGenerativeAI } = await import("@ai-sdk/google");
  return createGoogleGenerativeAI({
    headers,
    ...(baseUrl && { baseURL: baseUrl.replace(/\/$/, "") }),
    ...(apiKey && { apiKey }),
  });
}

/** Credentials other than an API key are the environment's, as Amazon's own tools read them. */
async function bedrock({ baseUrl, region, headers }: UpstreamConfig, apiKey: string | undefined) {
  const { createAmazonBedrock } = await import("@ai-sdk/amazon-bedrock");
  return createAmazonBedrock({
    headers,
    ...(baseUrl && { baseURL: baseUrl.replace(/\/$/, "") }),
    ...(region && { region }),
    ...(apiKey && { apiKey }),
  });
}

async function answerOf(
  model: NativeModel,
  call: Parameters<NativeModel["doGenerate"]>[0],
  streamed: boolean,
  deadline: Deadline,
  { first, idle }: Timeouts,
): Promise<UpstreamAnswer> {
  const encoder = new TextEncoder();
  const cancel = () => deadline.giveUp();
  const code = "UND_ERR_HEADERS_TIMEOUT";
  if (!streamed) {
    const whole = await deadline.within(first, code, Promise.resolve(model.doGenerate(call)));
    deadline.end();
    const body = pieces(encoder.encode(JSON.stringify(callToChat(whole, model.modelId))));
    return { status: 200, headers: { "content-type": "application/json" }, body, cancel };
  }
  const { stream } = await deadline.within(first, code, Promise.resolve(model.doStream(call)));
  const reader = stream.getReader();
  const toChat = piecesToChat(model.modelId);
  const body: UpstreamAnswer["body"] = {
    async next() {
      for (;;) {
        const { done, value } = await deadline.within(idle, "UND_ERR_BODY_TIMEOUT", reader.read());
        if (done) {
          deadline.end();
          return { done: true, value: undefined };
        }
        const events = toChat(value);
        if (events) return { done: false, value: encoder.encode(events) };
      }
    },
  };
  return { status: 200, headers: { "content-type": "text/event-stream" }, body, cancel };
}

async function* pieces(whole: Uint8Array): AsyncGenerator<Uint8Array> {
  yield whole;
}

/** What the service said against a request, in OpenAI's shape; what never reached it, or no model takes, is thrown. */
function refusal(error: unknown): UpstreamAnswer {
  const { name, message, statusCode, responseHeaders, cause } = error as Error & {
    statusCode?: number;
    responseHeaders?: Record<string, string>;
  };
  if (name === "AI_UnsupportedFunctionalityError" || name === "AI_InvalidPromptError")
    throw new UpstreamFault("does not take such a request", 404);
  if (name === "AI_LoadAPIKeyError" || name === "AI_LoadSettingError")
    throw new UpstreamFault("has no credentials", 401);
  if (statusCode === undefined || statusCode < 400) throw innermost(cause ?? error);
  const type = statusCode < 500 ? "invalid_request_error" : "server_error";
  return {
    status: statusCode,
    headers: { ...responseHeaders, "content-type": "application/json" },
    body: pieces(
      new TextEncoder().encode(JSON.stringify({ error: { message, type, param: null, code: null } })),
    ),
    cancel() {},
  };
}

function innermost(error: unknown): unknown {
  const { cause } = error as { cause?: unknown };
  return cause instanceof Error ? innermost(cause) : error;
}
