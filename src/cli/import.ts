import { existsSync } from "node:fs";
import { Command } from "commander";
import { InputError } from "../input-error.ts";
import { textTable } from "../report/index.ts";
import { type ResponseRows, responseFormats } from "../responses/index.ts";
import { holdsParameters, importParameters, parameterFormat } from "./import-parameters.ts";
import { checkNoInput } from "./no-input.ts";
import { responseOutput, responseOutputs } from "./response-output.ts";
import { type ResponseFileOptions, readResponseFiles, responseFileOptions } from "./responses.ts";

interface Options extends ResponseFileOptions {
  readonly out: string;
  readonly json?: true;
}

/** `tripos import` */
export function importCommand(): Command {
  const command = new Command("import")
    .description("read responses in any supported format and write them as one long table")
    .argument(
      "<files...>",
      `files or folders, after the format (${["auto", ...responseFormats].join(", ")}) if you name it`,
    )
    .requiredOption("--out <file>", responseOutputs)
    .option("--json", "print one JSON object instead of the table");
  for (const option of responseFileOptions()) command.addOption(option);
  return command
    .usage("[options] [FORMAT|auto] FILE…")
    .addHelpText(
      "after",
      `
The format is told from the content; naming it makes any other an error. In a folder, files of no known format are
left out. py-irt's best_parameters.json becomes an item bank, in the folder --out names.

Examples:
  tripos import routerdc mmlu_train.json mmlu_test.json --out responses.parquet
  tripos import lm-eval results/ --filter flexible-extract --out responses.parquet
  tripos import logs/*.eval --repeats count --out responses.parquet --json
  tripos import best_parameters.json --out bank
  tripos import answers.csv --columns subject=llm,item=id,score=points --out responses.parquet`,
    )
    .action(run);
}

async function run([first, ...rest]: readonly string[], options: Options): Promise<void> {
  const start = performance.now();
  const named =
    first === "auto" || first === parameterFormat || (responseFormats as readonly string[]).includes(first);
  if (!named && rest.length > 0 && !existsSync(first))
    throw new InputError("this is neither a format nor a file", {
      source: first,
      expected: `auto, ${responseFormats.join(", ")}, ${parameterFormat}, or a file`,
    });
  const parameters = first === parameterFormat ? rest : [first, ...rest];
  if (first === parameterFormat || (parameters.length === 1 && holdsParameters(first)))
    return importParameters(parameters, options);
  const write = responseOutput(options.out);
  if (named && rest.length === 0)
    throw new InputError("no file is given", {
      expected: "files or folders after the format",
      ...(existsSync(first) && { hint: `For the file or folder of the format's name, write ./${first}` }),
    });
  const paths = named ? rest : [first, ...rest];
  checkNoInput(options.out, paths, "file");
  const result = await readResponseFiles(paths, options, named && first !== "auto" ? first : undefined);
  write(result.table, result.rows);
  const seconds = (performance.now() - start) / 1000;
  const { files, skipped, counts, warnings } = result;
  if (options.json) {
    process.stdout.write(
      `${JSON.stringify({ out: options.out, counts, files, skipped, warnings, seconds })}\n`,
    );
    return;
  }
  process.stdout.write(`${report(result, options.out, seconds)}\n`);
}

function report({ files, skipped, counts, table }: ResponseRows, out: string, seconds: number): string {
  const shown = 20;
  const more = files.length > shown ? [`… and ${files.length - shown} more files`] : [];
  const cells = counts.subjects * counts.items;
  const percent = cells > 0 ? ` (${((100 * counts.missing) / cells).toFixed(1)} % of all pairs)` : "";
  const facts = [
    table.cost && "costs",
    table.trials && "trials",
    table.texts.length > 0 && "texts",
    table.scenarios.length > 0 && "scenarios",
  ].filter(Boolean);
  return [
    textTable(
      [{ title: "file", maxWidth: 60 }, { title: "format" }, { title: "responses" }],
      files.slice(0, shown).map((file) => [file.source, file.title, file.responses]),
    ),
    ...more,
    "",
    `subjects    ${counts.subjects}`,
    `items       ${counts.items}`,
    `responses   ${counts.responses}`,
    `missing     ${counts.missing}${percent}`,
    `duplicates  ${counts.duplicates}`,
    ...(facts.length > 0 ? [`with        ${facts.join(", ")}`] : []),
    ...(skipped.length > 0 ? [`left out    ${skipped.length} files of no known format`] : []),
    "",
    `${out} written in ${seconds.toFixed(1)} s.`,
  ].join("\n");
}
