import { readTextFile } from "../files/index.ts";
import { InputError, show } from "../input-error.ts";
import { questionEntries, questionText } from "../questions/index.ts";
import { observed, type Router } from "../routing/index.ts";
import { type RouterEmbeddingOptions, withQuestionVectors } from "./router-embeddings.ts";

/** Fields that may hold who answered, how well, and who says so. */
const modelFields = ["model", "subject"] as const;
const rewardFields = ["reward", "score", "correct"] as const;
const sourceFields = ["source", "user"] as const;

/**
 * Reads answered questions, one JSON object a line: `{"text", "model", "reward", "source"}`, beside what the router
 * foresees of each.
 * @param needed whether each must have a model and a reward
 * @throws InputError naming file and line
 */
export async function readObserved(
  path: string,
  router: Router,
  needed: boolean,
  options: RouterEmbeddingOptions,
): Promise<ReturnType<typeof observed>[]> {
  const entries = questionEntries(readTextFile(path), path);
  const texts = entries.map((entry) => questionText(entry, path));
  const reader = await withQuestionVectors(router, [texts], options);
  return entries.map(({ at, row }, i) => {
    const first = (fields: readonly string[]) =>
      fields.map((field) => row[field]).find((value) => value !== undefined && value !== null);
    const [model, given, source] = [modelFields, rewardFields, sourceFields].map(first);
    const reward = typeof given === "boolean" ? Number(given) : given;
    const missing = model === undefined || reward === undefined;
    if ((needed && missing) || (reward !== undefined && typeof reward !== "number"))
      throw new InputError("this is no feedback", {
        source: path,
        at,
        found: show(row),
        expected: '{"text": …, "model": …, "reward": 0 … 1, "source": …}',
      });
    const answer = {
      text: texts[i],
      ...(model !== undefined && { model: String(model) }),
      ...(reward !== undefined && { reward }),
      ...(source !== undefined && { source: String(source) }),
    };
    return observed(reader, answer, { source: path, at });
  });
}
