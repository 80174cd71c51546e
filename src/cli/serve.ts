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
      "an OpenAI-compatible gateway that sends each question to the model most likely to get it right",
    )
    .option("-c, --config <file>", "models, upstreams, limits (YAML or JSON); read again when it changes")
    .option(
      "-p, --port <number>",
      "port to listen on; 0 takes any that is free",
      wholeNumber("--port", 0, 65535),
    )
    .option("--host <address>", "address to listen on (127.0.0.1 unless told)")
    .option(
      "--store <folder>",
      "where requests, keys and feedback are recorded (store.folder of the configuration, else .tripos/ in the current folder)",
    )
    .option("--json", "print the address and that folder as one JSON object once the gateway listens")
    .addHelpText(
      "after",
      `
Examples:
  tripos serve                            a demonstration that needs nothing
  tripos serve ROUTER --port 9000         a trained router, its models played by the demonstration
  tripos serve --config tripos.yaml --store /var/lib/tripos
  curl http://127.0.0.1:8080/v1/chat/completions -H 'content-type: application/json' \\
    -d '{"model": "tripos", "messages": [{"role": "user", "content": "Is glass a liquid?"}]}'

Records: every request's decision, tokens, cost and times go to .tripos/ in the current folder unless --store or the
configuration's store.folder names another; with DATABASE_URL set, to that PostgreSQL, and the folder holds the journal.
Prompts are kept only with store.prompts: true.`,
    )
    .action(
      async (
        router: string | undefined,
        options: { config?: string; port?: number; host?: string; store?: string; json?: boolean },
      ) => {
        const gateway = await import("../gateway/index.ts");
        const load = (): GatewayConfig => {
          const config = options.config
            ? gateway.readConfig(options.config)
            : gateway.demonstrationConfig(router);
          const { host = config.listen.host, port = config.listen.port } = options;
          const store = { ...config.store, ...(options.store && { folder: options.store }) };
          return { ...config, ...(router && { router }), listen: { host, port }, store };
        };
        const log = process.stderr.isTTY
          ? gateway.personalLog((line) => process.stderr.write(line))
          : await gateway.jsonLog();
        const running = await gateway.serveConfigured({
          load,
          watch: options.config,
          log,
          databaseUrl: process.env.DATABASE_URL || undefined,
        });
        const { url, folder } = running;
        if (options.json) process.stdout.write(`${JSON.stringify({ url, store: folder })}\n`);
        else
          process.stdout.write(
            `Tripos listens on ${url} and records in ${folder} (models at ${url}/v1/models; --store chooses another folder; stop with Ctrl-C)\n`,
          );
        await new Promise<void>((resolve) => {
          for (const signal of ["SIGINT", "SIGTERM"] as const) {
            process.once(signal, () => {
              process.once(signal, () => process.exit(130));
              log.event("finishing the requests under way", { signal });
              resolve();
            });
          }
        });
        await running.close();
        // Whatever still holds the process (a thread that hangs) has nothing of a client's any more.
        setTimeout(() => process.exit(), 5_000).unref();
      },
    );
}
