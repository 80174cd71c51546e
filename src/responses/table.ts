import { Interner } from "../formats/index.ts";
import { InputError } from "../input-error.ts";
import type { ResponseMatrix } from "./matrix.ts";

/** What is known of an item besides its id. */
export interface ItemFacts {
  readonly text?: string | undefined;
  readonly scenario?: string | undefined;
  readonly subscenario?: string | undefined;
}

/**
 * Responses one after the other, as files give them: subject, item, score. Grows without limit, needs no more memory
 * than the responses there are, and knows repeated answers; `toMatrix` makes the dense form.
 */
export class ResponseTable {
  readonly subjects = new Interner();
  readonly items = new Interner();
  /** Facts of each item, "" where unknown. */
  readonly texts: string[] = [];
  readonly scenarios: string[] = [];
  readonly subscenarios: string[] = [];
  length = 0;
  subject = new Int32Array(1024);
  item = new Int32Array(1024);
  score = new Float64Array(1024);
  /** Present only once some response has more than one trial. */
  trials: Float64Array | undefined;
  /** Present only once some response has a cost; NaN where unknown. */
  cost: Float64Array | undefined;

  /** A response by the numbers of its subject and item. A score of NaN is a missing response, and left out. */
  add(subject: number, item: number, score: number, trials = 1, cost = Number.NaN): void {
    if (Number.isNaN(score)) return;
    if (this.length === this.score.length) this.grow();
    const at = this.length++;
    this.subject[at] = subject;
    this.item[at] = item;
    this.score[at] = score;
    if (trials !== 1 && !this.trials) this.trials = new Float64Array(this.score.length).fill(1, 0, at);
    if (this.trials) this.trials[at] = trials;
    if (!Number.isNaN(cost) && !this.cost)
      this.cost = new Float64Array(this.score.length).fill(Number.NaN, 0, at);
    if (this.cost) this.cost[at] = cost;
  }

  /** A response by names. */
  addNamed(
    subject: string,
    item: string,
    score: number,
    facts: ItemFacts = {},
    trials = 1,
    cost = Number.NaN,
  ): void {
    this.add(this.subjects.index(subject), this.itemIndex(item, facts), score, trials, cost);
  }

  /**
   * Number of an item. One id in two scenarios is two items, the second called `scenario/id`.
   */
  itemIndex(id: string, { text, scenario, subscenario }: ItemFacts = {}): number {
    let index = this.items.index(id);
    if (scenario && this.scenarios[index] && this.scenarios[index] !== scenario)
      index = this.items.index(`${scenario}/${id}`);
    if (text && !this.texts[index]) this.texts[index] = text;
    if (scenario) this.scenarios[index] = scenario;
    if (subscenario && !this.subscenarios[index]) this.subscenarios[index] = subscenario;
    return index;
  }

  /** All responses of a matrix. */
  addMatrix(matrix: ResponseMatrix): void {
    const columns = matrix.items.map((id, i) =>
      this.itemIndex(id, {
        text: matrix.texts?.[i],
        scenario: matrix.scenarios?.[i],
        subscenario: matrix.subscenarios?.[i],
      }),
    );
    for (const [s, name] of matrix.subjects.entries()) {
      const subject = this.subjects.index(name);
      for (let i = 0, cell = s * columns.length; i < columns.length; i++, cell++)
        if (matrix.observed[cell])
          this.add(subject, columns[i], matrix.scores[cell], matrix.trials?.[cell], matrix.costs?.[cell]);
    }
  }

  /** Makes room for so many responses more. */
  reserve(count: number): void {
    if (this.length + count > this.score.length) this.grow(this.length + count);
  }

  private grow(size = this.score.length * 2): void {
    const larger = <T extends Int32Array | Float64Array>(old: T, fresh: T): T => {
      fresh.set(old);
      return fresh;
    };
    this.subject = larger(this.subject, new Int32Array(size));
    this.item = larger(this.item, new Int32Array(size));
    this.score = larger(this.score, new Float64Array(size));
    if (this.trials) this.trials = larger(this.trials, new Float64Array(size));
    if (this.cost) this.cost = larger(this.cost, new Float64Array(size));
  }
}

/** A matrix as a list of responses, each subject's item by item. */
export function rowsOfMatrix(matrix: ResponseMatrix): { table: ResponseTable; rows: SettledRows } {
  const table = new ResponseTable();
  table.addMatrix(matrix);
  return { table, rows: settleRepeats(table).rows };
}

/** What to do with several answers of one subject to one item. */
export type RepeatRule = "mean" | "first" | "count" | "error";

/**
 * The responses item by item, subjects within it in the order of their first appearance, and repeated answers made
 * one by the rule: `mean` of the scores (one trial), `first` only, `count` (the mean, with the number of answers as
 * its trials: k of n), or `error`. Answers that are themselves means of n trials weigh n.
 * @returns the responses, and how many answers were repeats of an earlier one
 * @throws InputError under the rule `error`, naming the first repeat
 */
export function settleRepeats(
  table: ResponseTable,
  rule: RepeatRule = "mean",
): { readonly rows: SettledRows; readonly duplicates: number } {
  if (rule !== "count" && isSettled(table)) return { rows: columnsOf(table), duplicates: 0 };
  const order = itemByItem(table);
  const last = new Int32Array(table.subjects.names.length).fill(-1);
  const rows: SettledRows = {
    subject: new Int32Array(order.length),
    item: new Int32Array(order.length),
    score: new Float64Array(order.length),
    ...((table.trials || rule === "count") && { trials: new Float64Array(order.length).fill(1) }),
    ...(table.cost && { cost: new Float64Array(order.length).fill(Number.NaN) }),
  };
  const weights = new Map<number, number>();
  let length = 0;
  let itemStart = 0;
  for (let k = 0; k < order.length; k++) {
    const from = order[k];
    const item = table.item[from];
    const subject = table.subject[from];
    if (k > 0 && item !== rows.item[length - 1]) itemStart = length;
    const trials = table.trials ? table.trials[from] : 1;
    const cost = table.cost ? table.cost[from] : Number.NaN;
    const earlier = last[subject];
    if (earlier < itemStart) {
      last[subject] = length;
      rows.subject[length] = subject;
      rows.item[length] = item;
      rows.score[length] = table.score[from];
      if (rows.trials) rows.trials[length] = trials;
      if (rows.cost) rows.cost[length] = cost;
      length++;
      continue;
    }
    if (rule === "first") continue;
    if (rule === "error")
      throw new InputError("a subject answered an item more than once", {
        field: `${table.subjects.names[subject]} on ${table.items.names[item]}`,
        expected: "one response each (--repeats error)",
        hint: "Choose --repeats mean, first or count to say what to do with repeated answers.",
      });
    const before = weights.get(earlier) ?? (table.trials && rows.trials ? rows.trials[earlier] : 1);
    const total = before + trials;
    weights.set(earlier, total);
    rows.score[earlier] += ((table.score[from] - rows.score[earlier]) * trials) / total;
    if (rule === "count" && rows.trials) rows.trials[earlier] = total;
    if (rows.cost && !Number.isNaN(cost))
      rows.cost[earlier] = Number.isNaN(rows.cost[earlier])
        ? cost
        : rows.cost[earlier] + ((cost - rows.cost[earlier]) * trials) / total;
  }
  const cut = <T extends Int32Array | Float64Array>(column: T): T => column.subarray(0, length) as T;
  return {
    rows: {
      subject: cut(rows.subject),
      item: cut(rows.item),
      score: cut(rows.score),
      ...(rows.trials && { trials: cut(rows.trials) }),
      ...(rows.cost && { cost: cut(rows.cost) }),
    },
    duplicates: order.length - length,
  };
}

/** Responses without repeats, item by item; subject and item are indices. */
export interface SettledRows {
  readonly subject: Int32Array;
  readonly item: Int32Array;
  readonly score: Float64Array;
  readonly trials?: Float64Array;
  readonly cost?: Float64Array;
}

/** Whether the responses stand item by item already, none repeated: a table that was written by Tripos, say. */
function isSettled({ subjects, subject, item, length }: ResponseTable): boolean {
  const last = new Int32Array(subjects.names.length).fill(-1);
  for (let at = 0; at < length; at++) {
    if (last[subject[at]] === item[at] || (at > 0 && item[at] < item[at - 1])) return false;
    last[subject[at]] = item[at];
  }
  return true;
}

function columnsOf({ subject, item, score, trials, cost, length }: ResponseTable): SettledRows {
  return {
    subject: subject.subarray(0, length),
    item: item.subarray(0, length),
    score: score.subarray(0, length),
    ...(trials && { trials: trials.subarray(0, length) }),
    ...(cost && { cost: cost.subarray(0, length) }),
  };
}

/** Stable counting sort of the responses by item. */
function itemByItem(table: ResponseTable): Int32Array {
  const starts = new Int32Array(table.items.names.length + 1);
  for (let at = 0; at < table.length; at++) starts[table.item[at] + 1]++;
  for (let i = 1; i < starts.length; i++) starts[i] += starts[i - 1];
  const order = new Int32Array(table.length);
  for (let at = 0; at < table.length; at++) order[starts[table.item[at]]++] = at;
  return order;
}

/** Cells of a dense matrix that still fit into memory: 1.8 GB of scores and marks. */
const mostCells = 200_000_000;

/**
 * The dense matrix of settled responses.
 * @throws InputError where subjects × items is too large for memory
 */
export function matrixOfRows(table: ResponseTable, rows: SettledRows): ResponseMatrix {
  const subjects = table.subjects.names;
  const items = table.items.names;
  const cells = subjects.length * items.length;
  if (cells > mostCells)
    throw new InputError("the response matrix is too large for memory", {
      found: `${subjects.length} subjects × ${items.length} items`,
      expected: `at most ${mostCells / 1e6} million cells`,
      hint: "Leave out subjects or items with few responses.",
    });
  const scores = new Float64Array(cells);
  const observed = new Uint8Array(cells);
  const trials = rows.trials && new Float64Array(cells).fill(1);
  const costs = rows.cost && new Float64Array(cells).fill(Number.NaN);
  for (let at = 0; at < rows.score.length; at++) {
    const cell = rows.subject[at] * items.length + rows.item[at];
    scores[cell] = rows.score[at];
    observed[cell] = 1;
    if (trials) trials[cell] = rows.trials![at];
    if (costs) costs[cell] = rows.cost![at];
  }
  const filled = (facts: readonly string[]) => items.map((_, i) => facts[i] ?? "");
  return {
    subjects,
    items,
    scores,
    observed,
    ...(trials && { trials }),
    ...(costs && { costs }),
    ...(table.texts.length > 0 && { texts: filled(table.texts) }),
    ...(table.scenarios.length > 0 && { scenarios: filled(table.scenarios) }),
    ...(table.subscenarios.length > 0 && { subscenarios: filled(table.subscenarios) }),
  };
}
