import type { Cells } from "../../kernels/index.ts";
import type { ResponseMatrix } from "../../responses/index.ts";

/** The responses as the subjects' rows see them: trials where observed, scores in [0, 1] times trials. */
export function cellsBySubject(matrix: ResponseMatrix): Cells {
  const { scores, observed, trials } = matrix;
  const size = scores.length;
  const cells = {
    rows: matrix.subjects.length,
    columns: matrix.items.length,
    trials: new Float32Array(size),
    successes: new Float32Array(size),
  };
  for (let at = 0; at < size; at++) {
    if (!observed[at]) continue;
    const n = trials ? trials[at] : 1;
    cells.trials[at] = n;
    cells.successes[at] = n * scores[at];
  }
  return cells;
}

/** The same responses from the other side. */
export function transpose({ rows, columns, trials, successes }: Cells): Cells {
  const turned = {
    rows: columns,
    columns: rows,
    trials: new Float32Array(trials.length),
    successes: new Float32Array(trials.length),
  };
  for (let r = 0, at = 0; r < rows; r++)
    for (let c = 0, to = r; c < columns; c++, at++, to += rows) {
      turned.trials[to] = trials[at];
      turned.successes[to] = successes[at];
    }
  return turned;
}
