import { kMeans } from "../clustering/index.ts";
import { pairedBootstrap } from "../numerics/index.ts";
import { styleNames } from "../questions/index.ts";
import type { QuestionGroup } from "./evaluation.ts";
import { featuresOf } from "./predict.ts";
import type { Router } from "./router.ts";
import type { RoutedStream } from "./stream.ts";
import type { TestAnswers } from "./test-answers.ts";

/** Where the router gained and lost over one model: by the model that it chose, by scenario, by kind of question. */
export interface Breakdown {
  readonly choices: readonly QuestionGroup[];
  readonly scenarios: readonly QuestionGroup[];
  readonly clusters: readonly QuestionGroup[];
}

/** Ids that a group shows of each sort. */
const examples = 3;
const mostClusters = 8;

export function breakDown(
  router: Router,
  answers: TestAnswers,
  stream: RoutedStream,
  over: string,
  seed: number,
): Breakdown {
  const grouped = (nameOf: (k: number) => string | undefined): QuestionGroup[] => {
    const members = new Map<string, number[]>();
    answers.questions.forEach((_, k) => {
      const name = nameOf(k);
      if (name === undefined) return;
      const own = members.get(name);
      if (own) own.push(k);
      else members.set(name, [k]);
    });
    return [...members].map(([name, ks]) => group(answers, stream, over, name, ks, seed));
  };
  const scenarios = grouped((k) => answers.scenario(answers.questions[k]));
  const names = clusterNames(router, answers, seed);
  return {
    choices: grouped((k) => stream.answering[k]).toSorted((a, b) => b.times - a.times),
    scenarios: scenarios.length > 1 ? scenarios : [],
    clusters: grouped((k) => names[k]).toSorted((a, b) => b.times - a.times),
  };
}

function group(
  answers: TestAnswers,
  { rewards }: RoutedStream,
  over: string,
  name: string,
  ks: readonly number[],
  seed: number,
): QuestionGroup {
  const paired = ks.filter((k) => answers.answered(over, answers.questions[k]));
  const rival = paired.map((k) => answers.reward(over, answers.questions[k]));
  const own = paired.map((k) => rewards[k]);
  const ids = (sign: number) =>
    paired
      .filter((_, j) => (own[j] - rival[j]) * sign > 0)
      .slice(0, examples)
      .map((k) => answers.id(answers.questions[k]));
  const [difference] = paired.length > 0 ? pairedBootstrap(own, [rival], { seed }).differences : [];
  return {
    name,
    times: ks.length,
    reward: ks.reduce((sum, k) => sum + rewards[k], 0) / ks.length,
    gain: difference?.mean ?? 0,
    interval: difference?.interval ?? [0, 0],
    won: ids(1),
    lost: ids(-1),
  };
}

/** A name for the kind of each question: what its cluster shows more of than the others, and its number. */
function clusterNames(router: Router, answers: TestAnswers, seed: number): string[] {
  const rows = answers.questions.map((i) => featuresOf(router, answers.text(i)));
  const n = rows.length;
  const k = Math.min(mostClusters, Math.floor(n / 25));
  if (k < 2) return rows.map(() => "all questions");
  const dims = rows[0].length;
  const points = new Float64Array(n * dims);
  rows.forEach((row, i) => {
    points.set(row, i * dims);
  });
  const { labels } = kMeans(points, dims, new Float64Array(n).fill(1), k, { starts: 2, seed, maxRounds: 50 });
  const styles = dims - styleNames.length;
  const named = Array.from({ length: k }, (_, c) => {
    const own = rows.filter((_row, i) => labels[i] === c);
    const most = styleNames
      .map((name, f) => ({ name, lead: own.reduce((sum, row) => sum + row[styles + f], 0) / own.length }))
      .toSorted((a, b) => b.lead - a.lead)
      .slice(0, 3)
      .filter(({ lead }) => lead > 0.3)
      .map(({ name }) => name);
    return `${c + 1}: ${most.length > 0 ? `more ${most.join(", ")}` : "like the usual question"}`;
  });
  return Array.from(labels, (label) => named[label]);
}
