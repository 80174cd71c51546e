import type { GatewayConfigInput } from "./config.ts";

type UpstreamInput = GatewayConfigInput["upstreams"][number];

/** An upstream found, and the models that it says it has. */
export interface Discovered {
  readonly upstream: UpstreamInput;
  readonly models: readonly string[];
}

/** Where local servers listen unless told otherwise. */
const local: readonly (readonly [name: string, baseUrl: string])[] = [
  ["ollama", "http://127.0.0.1:11434/v1"],
  ["vllm", "http://127.0.0.1:8000/v1"],
  ["lm-studio", "http://127.0.0.1:1234/v1"],
  ["llama-cpp", "http://127.0.0.1:8081/v1"],
];

/** Providers by the variable that usually holds their key; models are listed by the provider when it is asked. */
const providers: readonly (readonly [name: string, env: string, baseUrl: string, kind?: "anthropic"])[] = [
  ["openai", "OPENAI_API_KEY", "https://api.openai.com/v1"],
  ["anthropic", "ANTHROPIC_API_KEY", "https://api.anthropic.com/v1", "anthropic"],
  ["mistral", "MISTRAL_API_KEY", "https://api.mistral.ai/v1"],
  ["gemini", "GEMINI_API_KEY", "https://generativelanguage.googleapis.com/v1beta/openai"],
  ["groq", "GROQ_API_KEY", "https://api.groq.com/openai/v1"],
  ["openrouter", "OPENROUTER_API_KEY", "https://openrouter.ai/api/v1"],
];

/** Amazon Bedrock's OpenAI-compatible address of a region; its API keys are bearer tokens. */
const bedrock = (region: string) => `https://bedrock-runtime.${region}.amazonaws.com/openai/v1`;

/**
 * Finds upstreams: servers that listen on this machine, and providers whose key is in the environment. Keys are only
 * sent to their own provider, when `askProviders` is set, to list its models.
 */
export async function discoverUpstreams(options: {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly askProviders?: boolean;
  /** Other servers to look for: name and base address. */
  readonly servers?: readonly (readonly [name: string, baseUrl: string])[];
}): Promise<Discovered[]> {
  const { environment, askProviders = false, servers = local } = options;
  const found = await Promise.all([
    ...servers.map(async ([name, baseUrl]): Promise<Discovered | undefined> => {
      const models = await modelsAt(baseUrl, {});
      return models && { upstream: { name, baseUrl }, models };
    }),
    ...providersOf(environment).map(async ([name, env, baseUrl, kind]): Promise<Discovered | undefined> => {
      const key = environment[env];
      if (!key) return undefined;
      const headers: Record<string, string> =
        kind === "anthropic"
          ? { "x-api-key": key, "anthropic-version": "2023-06-01" }
          : { authorization: `Bearer ${key}` };
      const models = askProviders ? await modelsAt(baseUrl, headers) : undefined;
      return { upstream: { name, baseUrl, ...(kind && { kind }), keyFrom: { env } }, models: models ?? [] };
    }),
  ]);
  return found.filter((each) => each !== undefined);
}

function providersOf(environment: Readonly<Record<string, string | undefined>>): typeof providers {
  const region = environment.AWS_REGION ?? environment.AWS_DEFAULT_REGION;
  return region ? [...providers, ["bedrock", "AWS_BEARER_TOKEN_BEDROCK", bedrock(region)]] : providers;
}

/** The models that an OpenAI-compatible server lists; undefined when none answers there. */
async function modelsAt(baseUrl: string, headers: Record<string, string>): Promise<string[] | undefined> {
  try {
    const response = await fetch(`${baseUrl}/models`, { headers, signal: AbortSignal.timeout(2_000) });
    if (!response.ok) return undefined;
    const { data } = (await response.json()) as { data: { id: string }[] };
    return data.map(({ id }) => String(id));
  } catch {
    return undefined;
  }
}
