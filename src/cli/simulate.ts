import { Command, Option } from "commander";
import type { ItemBank } from "../bank/index.ts";
import { itemsHash, readExam, responsesToExam } from "../exam/index.ts";
import { readTextFile } from "../files/index.ts";
import { InputError } from "../input-error.ts";
import { type ModelFamily, type Simulation, simulate, simulateItems } from "../irt/index.ts";
import { type ResponseMatrix, rowsOfMatrix } from "../responses/index.ts";
import { bankAt } from "./bank-folder.ts";
import { counted } from "./counted.ts";
import { realNumber, seedOption, wholeNumber } from "./options.ts";
import { responseOutput, responseOutputs } from "./response-output.ts";

interface Options {
  readonly out: string;
  readonly subjects: number;
  readonly items?: number;
  readonly model?: ModelFamily;
  readonly dims?: number;
  readonly bank?: string;
  readonly exam?: string;
  readonly missing: number;
  readonly trials: number;
  readonly seed: number;
  readonly json?: true;
}

/** `tripos simulate --out FILE` */
export function simulateCommand(): Command {
  return new Command("simulate")
    .description("draw responses from an item response model, or from the items of a bank")
    .requiredOption("--out <file>", responseOutputs)
    .option("--subjects <n>", "subjects that answer", wholeNumber("--subjects", 1, 1e6), 100)
    .option(
      "--items <n>",
      "items of a plausible test (default 200; a bank has its own)",
      wholeNumber("--items", 1, 1e6),
    )
    .addOption(
      new Option("--model <family>", "model of the items (default 2pl; a bank has its own)").choices([
        "rasch",
        "1pl",
        "2pl",
        "3pl",
        "4pl",
        "graded",
        "gpcm",
      ]),
    )
    .option("--dims <n>", "dimensions of the items (default 1)", wholeNumber("--dims", 1, 100))
    .option("--bank <bank>", "new subjects, drawn from a bank's distribution of ability, answer its items")
    .option(
      "--exam <exam>",
      "they answer the questions of this exam of the bank only (JSON, from tripos exam design)",
    )
    .option("--missing <share>", "share of responses left out at random", realNumber("--missing", 0, 0.99), 0)
    .option(
      "--trials <n>",
      "answers to each item; the score is their mean",
      wholeNumber("--trials", 1, 1e4),
      1,
    )
    .addOption(seedOption("the random numbers"))
    .option("--json", "print one JSON object, with the true abilities")
    .addHelpText(
      "after",
      `
What it is for: trying the other commands without data, planning (how many items or subjects are enough?), and checking
what a calibration recovers. The library's \`simulate\` also returns the true parameters.

Examples:
  tripos simulate --subjects 60 --items 400 --out responses.csv
  tripos simulate --model 3pl --subjects 2000 --items 50 --missing .2 --out responses.parquet
  tripos simulate --bank bank --subjects 1 --seed 7 --out new.csv
  tripos simulate --bank bank --exam exam.json --subjects 3 --out taken.csv`,
    )
    .action(run);
}

async function run(options: Options): Promise<void> {
  const write = responseOutput(options.out);
  const { matrix, ability } =
    options.bank === undefined ? fromModel(options) : await fromBank(options.bank, options);
  const { table, rows } = rowsOfMatrix(matrix);
  write(table, rows);
  const [subjects, items, responses] = [matrix.subjects.length, matrix.items.length, rows.score.length];
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ out: options.out, subjects, items, responses, dims: ability.length / subjects, ability: [...ability] })}\n`
      : `${options.out}: ${counted(subjects, "subject")}, ${counted(items, "item")}, ${counted(responses, "response")}\n`,
  );
}

function fromModel({ exam, items = 200, model = "2pl", dims = 1, ...drawn }: Options): Simulation {
  if (exam !== undefined)
    throw new InputError("an exam is answered by the items of its bank", {
      source: "--exam",
      found: exam,
      expected: "--bank, the bank that it was designed from",
    });
  return simulate(simulateItems(model, { items, dims, seed: drawn.seed }), drawn);
}

async function fromBank(path: string, { items, model, dims, exam, ...drawn }: Options): Promise<Simulation> {
  const given = Object.entries({ items, model, dims }).find(([, value]) => value !== undefined);
  if (given)
    throw new InputError("a bank has its own items", {
      source: `--${given[0]}`,
      found: String(given[1]),
      expected: "either --bank or a model to draw items from",
    });
  const { bank } = await bankAt(path);
  const { matrix, ability } = simulate(bank.parameters, { ...drawn, latent: bank.latent });
  const named = { ...matrix, ...namesOf(bank), subjects: newNames(matrix.subjects.length, bank) };
  if (exam === undefined) return { ability, matrix: named };
  const taken = readExam(readTextFile(exam), exam);
  return { ability, matrix: responsesToExam(named, taken, await itemsHash(bank), exam) };
}

/** "new 1", "new 2", …, without those that the bank knows already. */
function newNames(count: number, { subjects }: ItemBank): string[] {
  const known = new Set(subjects);
  const names: string[] = [];
  for (let n = 1; names.length < count; n++) if (!known.has(`new ${n}`)) names.push(`new ${n}`);
  return names;
}

/** What a response table says of a bank's items. */
function namesOf({ items, texts, scenarios, subscenarios }: ItemBank): Partial<ResponseMatrix> {
  return {
    items,
    ...(texts && { texts }),
    ...(scenarios && { scenarios }),
    ...(subscenarios && { subscenarios }),
  };
}
