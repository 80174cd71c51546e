import { Command } from "commander";
import type { GatewayConfig } from "../gateway/index.ts";
import { wholeNumber } from "./options.ts";

/** `tripos serve`: the gateway. */
export function serveCommand(): Command {
  return new Command("serve")
    .argument(
      "[router]",
      'folder of a trained router (tripos train), or "mmlu"; the configuration may name it too',
    )
    .description(
      "Serve an OpenAI-compatible gateway that sends each question to the model most likely to get it right.",
    )
    .option("-c, --config <file>", "models, upstreams, limits (YAML or JSON); read again when it changes")
    .option(
      "-p, --port <number>",
      "port to listen on; 0 takes any that is free",
      wholeNumber("--port", 0, 65535),
    )
    .option("--host <address>", "address to listen on (127.0.0.1 unless told)")
    .option("--json", "print the address as one JSON object once the gateway listens")
    .addHelpText(
      "after",
      `
Examples:
  tripos serve                            a demonstration that needs nothing
  tripos serve ROUTER --port 9000         a trained router, its models played by the demonstration
  tripos serve --config tripos.yaml
  curl http://127.0.0.1:8080/v1/chat/completions -H 'content-type: application/json' \\
    -d '{"model": "tripos", "messages": [{"role": "user", "content": "Is glass a liquid?"}]}'`,
    )
    .action(
      async (
        router: string | undefined,
        options: { config?: string; port?: number; host?: string; json?: boolean },
      ) => {
        const gateway = await import("../gateway/index.ts");
        const load = (): GatewayConfig => {
          const config = options.config
            ? gateway.readConfig(options.config)
            : gateway.demonstrationConfig(router);
          const { host = config.listen.host, port = config.listen.port } = options;
          return { ...config, ...(router && { router }), listen: { host, port } };
        };
        const log = process.stderr.isTTY
          ? gateway.personalLog((line) => process.stderr.write(line))
          : await gateway.jsonLog();
        const running = await gateway.serveConfigured({ load, watch: options.config, log });
        if (options.json) process.stdout.write(`${JSON.stringify({ url: running.url })}\n`);
        else
          process.stdout.write(
            `Tripos listens on ${running.url} (models at ${running.url}/v1/models; stop with Ctrl-C)\n`,
          );
        await new Promise<void>((resolve) => {
          for (const signal of ["SIGINT", "SIGTERM"] as const) {
            process.removeAllListeners(signal);
            process.once(signal, () => {
              process.once(signal, () => process.exit(130));
              log.event("finishing the requests under way", { signal });
              resolve();
            });
          }
        });
        await running.close();
      },
    );
}
