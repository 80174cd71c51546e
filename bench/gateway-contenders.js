// The gateways that bench/gateway.js compares: how each is started, and what a request to it needs.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { embeddedMmlu } from "../dist/gateway/mmlu-decider.js";

const port = { tripos: 18471, portkey: 18472, litellm: 18473, bare: 18474 };

/**
 * @param folder for configurations and data
 * @param start starts a program: (command, arguments, environment) → child process
 */
export function contendersOf({ folder, upstreamUrl, portkey, litellm, bare, start }) {
  const address = (name) => `http://127.0.0.1:${port[name]}/v1/chat/completions`;
  return [
    {
      name: "tripos",
      url: address("tripos"),
      headers: {},
      start: () => {
        const config = triposConfig(folder, upstreamUrl);
        const options = ["serve", "--config", config, "--port", String(port.tripos)];
        // As ./tripos starts it.
        const flags = ["--max-semi-space-size=32", "--min-semi-space-size=16"];
        return start(process.execPath, [...flags, "dist/cli/main.js", ...options]);
      },
    },
    ...bare.map((kind) => ({
      name: `bare (${kind})`,
      url: address("bare"),
      headers: {},
      start: () => start(process.execPath, ["bench/gateway-bare.js", String(port.bare), upstreamUrl, kind]),
    })),
    portkey && {
      name: "portkey",
      url: address("portkey"),
      headers: {
        "x-portkey-provider": "openai",
        "x-portkey-custom-host": `${upstreamUrl}/v1`,
        authorization: "Bearer x",
      },
      start: () => {
        const program = join(portkey, "node_modules/@portkey-ai/gateway/build/start-server.js");
        return start(process.execPath, [program, `--port=${port.portkey}`, "--headless"], {
          NODE_ENV: "production",
        });
      },
    },
    litellm && {
      name: "litellm",
      url: address("litellm"),
      headers: { authorization: "Bearer x" },
      start: () => {
        const config = join(folder, "litellm.yaml");
        writeFileSync(
          config,
          `model_list:\n  - model_name: tripos\n    litellm_params: { model: openai/m, api_base: ${upstreamUrl}/v1, api_key: x }\n`,
        );
        const options = ["--config", config, "--port", String(port.litellm), "--host", "127.0.0.1"];
        // Prices from its own files, not from the network.
        const local = { LITELLM_LOCAL_MODEL_COST_MAP: "True", LITELLM_MODE: "PRODUCTION" };
        return start(litellm, options, {
          ...local,
          LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY: "true",
        });
      },
    },
  ].filter(Boolean);
}

/** A configuration whose models are those of the MMLU router, at one upstream; its path. */
export function triposConfig(folder, upstreamUrl) {
  const config = join(folder, "tripos.json");
  const models = embeddedMmlu().responses.subjects.map((name) => ({
    name,
    upstream: "mock",
    price: { input: 1, output: 2 },
  }));
  writeFileSync(
    config,
    JSON.stringify({
      router: "mmlu",
      upstreams: [{ name: "mock", baseUrl: `${upstreamUrl}/v1`, concurrency: 4096 }],
      models,
      store: { folder: join(folder, "store") },
    }),
  );
  return config;
}
