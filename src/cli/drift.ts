import { Command } from "commander";
import { driftReport, watchedStream } from "../routing/index.ts";
import { loadRouter } from "../storage/index.ts";
import { readObserved } from "./observed-file.ts";
import { type RouterEmbeddingOptions, routerEmbeddingOptions } from "./router-embeddings.ts";

/** `tripos drift` */
export function driftCommand(): Command {
  const command = new Command("drift")
    .description("tell whether questions or answers are no longer those that a router was trained for")
    .argument("<router>", "folder of the router")
    .argument(
      "<file>",
      'questions in the order in which they came, one JSON object a line: {"text"} or {"text", "model", "reward"}',
    )
    .option("--json", "print one JSON object");
  for (const option of routerEmbeddingOptions()) command.addOption(option);
  return command
    .addHelpText(
      "after",
      `
Questions: the mean novelty of late (0 like training, 1 unlike any of it). Answers: cumulative sums of how far rewards
lie above and below the stated P (CUSUM), alarmed by a lasting shift, not by chance. Code 1 where there is something
to do.

Examples:
  tripos drift router yesterday.jsonl
  tripos drift router log.jsonl --json`,
    )
    .action(
      async (folder: string, file: string, options: RouterEmbeddingOptions & { readonly json?: true }) => {
        const router = loadRouter(folder);
        const answers = await readObserved(file, router, false, options);
        const state = watchedStream(answers);
        const report = driftReport(state);
        if (report.advice) process.exitCode = 1;
        const { questions, novelty, answers: rewarded, above, below } = state;
        process.stdout.write(
          options.json
            ? `${JSON.stringify({ ...state, ...report })}\n`
            : [
                `${questions} questions, novelty of late ${novelty.toFixed(3)}`,
                `${rewarded} rewards, cumulative sums ${above.toFixed(1)} above and ${below.toFixed(1)} below the stated P`,
                report.advice ?? report.undecided ?? "Nothing has changed that would ask for training again.",
                "",
              ].join("\n"),
        );
      },
    );
}
