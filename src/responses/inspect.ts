import { openZip, parsePythonJson } from "../formats/index.ts";
import { InputError, show } from "../input-error.ts";
import { isObject, type JsonFormat, type JsonObject, nameOf, type Reading, textOrNone } from "./format.ts";

/**
 * Inspect AI's JSON log: `{eval: {task, model}, samples: [{id, epoch, input, scores: {scorer: {value}}}]}`
 * (https://inspect.aisi.org.uk/eval-logs.html). Several epochs are repeated answers.
 */
export const inspectJson: JsonFormat = {
  name: "inspect",
  title: "Inspect AI log",
  matches: (value) =>
    isObject(value) && isObject(value.eval) && "model" in value.eval && "task" in value.eval,
  read(value, _text, reading) {
    const log = value as JsonObject;
    const read = sampleReader(log, reading);
    const samples = Array.isArray(log.samples) ? log.samples : [];
    if (samples.length === 0)
      throw new InputError("the log holds no samples", {
        source: reading.source.name,
        hint: "It was written with --no-log-samples, or the run stopped before its first sample.",
      });
    for (const [i, sample] of samples.entries()) read(sample, `sample ${i}`);
  },
};

/** Inspect AI's `.eval`: a zip of `header.json` and `samples/ID_epoch_N.json`. */
export async function readInspectZip(reading: Reading): Promise<void> {
  const { source } = reading;
  const zip = await openZip(source);
  // A run that was interrupted has no header yet, only its journal.
  const header = ["header.json", "_journal/start.json"].find((name) => zip.names.includes(name));
  const samples = zip.names.filter((name) => name.startsWith("samples/") && name.endsWith(".json"));
  if (header === undefined || samples.length === 0)
    throw new InputError("the zip archive is not an Inspect AI log with samples", {
      source: source.name,
      found: zip.names.slice(0, 5).join(", ") || "nothing in it",
      expected: "header.json and samples/*.json",
    });
  const log = parsePythonJson(await zip.text(header), `${source.name}, ${header}`);
  if (!inspectJson.matches(log))
    throw new InputError("the header does not name task and model", { source: source.name, at: header });
  const read = sampleReader(log as JsonObject, reading);
  for (const name of samples) read(parsePythonJson(await zip.text(name), `${source.name}, ${name}`), name);
}

function sampleReader(
  log: JsonObject,
  { source, table, options, warn }: Reading,
): (sample: unknown, at: string) => void {
  const { model, task } = log.eval as JsonObject;
  const subject = options.subject ?? nameOf(model);
  const scenario = nameOf(task);
  if (log.status !== undefined && log.status !== "success")
    warn(
      `${source.name}: the run did not finish (status "${nameOf(log.status)}"); the samples that it has are taken.`,
    );
  let scorer = options.metric;
  return (sample, at) => {
    if (!isObject(sample) || sample.id === undefined)
      throw new InputError("the sample has no id", { source: source.name, at, found: show(sample) });
    // The first versions of the format had one score, without the scorer's name.
    const scores = isObject(sample.scores)
      ? sample.scores
      : isObject(sample.score)
        ? { score: sample.score }
        : {};
    scorer ??= Object.keys(scores)[0];
    const facts = { scenario, text: textOf(sample.input) };
    const item = `${scenario}/${nameOf(sample.id)}`;
    const score = scorer === undefined ? undefined : scores[scorer];
    if (score === undefined && options.metric !== undefined && Object.keys(scores).length > 0)
      throw new InputError("the sample was not scored by that scorer", {
        source: source.name,
        at,
        field: options.metric,
        found: Object.keys(scores).join(", "),
      });
    table.addNamed(
      subject,
      item,
      isObject(score) ? numberOfValue(score.value) : Number.NaN,
      facts,
      1,
      costOf(sample),
    );
  };
}

/** Inspect's own reading of a score's value: C(orrect) 1, P(artial) ½, I(ncorrect) and N(o answer) 0. */
function numberOfValue(value: unknown): number {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return Number(value);
  if (isObject(value)) return numberOfValue(Object.values(value)[0]);
  if (Array.isArray(value)) return numberOfValue(value[0]);
  if (typeof value !== "string") return Number.NaN;
  const letters: Record<string, number> = { C: 1, P: 0.5, I: 0, N: 0, yes: 1, true: 1, no: 0, false: 0 };
  const key = value.length === 1 ? value : value.toLowerCase();
  if (Object.hasOwn(letters, key)) return letters[key];
  const number = value.trim() === "" ? Number.NaN : Number(value);
  return Number.isFinite(number) ? number : Number.NaN;
}

function textOf(input: unknown): string | undefined {
  if (typeof input === "string") return textOrNone(input);
  const user = Array.isArray(input)
    ? input.filter((message) => isObject(message) && message.role === "user").at(-1)
    : undefined;
  const content = isObject(user) ? user.content : undefined;
  if (typeof content === "string") return textOrNone(content);
  const parts = Array.isArray(content)
    ? content.map((part) => (isObject(part) && part.type === "text" ? part.text : ""))
    : [];
  return textOrNone(parts.join(""));
}

function costOf(sample: JsonObject): number {
  const usages = isObject(sample.model_usage) ? Object.values(sample.model_usage) : [];
  const costs = usages.map((usage) => (isObject(usage) ? usage.total_cost : undefined));
  return costs.length > 0 && costs.every((cost) => typeof cost === "number")
    ? costs.reduce((sum, cost) => sum + cost, 0)
    : Number.NaN;
}
