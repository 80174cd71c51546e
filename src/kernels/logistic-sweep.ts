/** Responses as the rows of one side see them: n trials (0 where missing) with y successes. */
export interface Cells {
  readonly rows: number;
  readonly columns: number;
  readonly trials: Float32Array;
  readonly successes: Float32Array;
}

/** Independent Gaussian posteriors of R rows with K coordinates: R × K means, R × K × K covariances. */
export interface Gaussians {
  readonly rows: number;
  readonly size: number;
  readonly mean: Float64Array;
  readonly covariance: Float64Array;
}

/** One update of all posteriors of one side given those of the other. */
export interface SweepJob {
  /** 0 or 1: which of the two sides of the responses the rows are. */
  readonly side: number;
  readonly target: Gaussians;
  readonly source: Gaussians;
  /** K prior means and K × K prior precision of every row. */
  readonly priorMean: Float64Array;
  readonly priorPrecision: Float64Array;
  /** The last coordinate of the rows is the constant 1. */
  readonly fixed: boolean;
  /** Expectations under the Gaussian itself instead of Jaakkola and Jordan's bound. */
  readonly tight: boolean;
  /** Whether `expected` is wanted, at some cost. */
  readonly bound: boolean;
  /** R expected log-likelihoods of the rows' responses before the update. */
  readonly expected: Float64Array;
  /** R log-determinants of the covariances after the update. */
  readonly logDeterminants: Float64Array;
}

/** The responses of rows from … to − 1 of a side of `rows` rows, which are what a sweeper is for. */
export interface SweepSide extends Cells {
  readonly from: number;
  readonly to: number;
}

/**
 * A function that runs sweeps over its rows of both sides with the WebAssembly kernels of `module`, writing means and
 * covariances in place. A row's result depends on nothing but its own responses and the job, so rows may be split
 * among threads at will. The function's own text is also what a worker runs: it must refer to nothing outside itself.
 */
export function logisticSweeper(
  module: WebAssembly.Module,
  sides: readonly SweepSide[],
): (job: SweepJob) => void {
  type Exports = Record<"accumulateRows" | "solveRows", (...numbers: number[]) => void>;
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536 });
  const kernels = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Exports;
  let end = 16;
  /** Addresses of arrays of the given byte lengths from the end of what is placed already. */
  const place = (...lengths: number[]): number[] => {
    const addresses = lengths.map((length) => {
      const start = end;
      end += (length + 15) & ~15;
      return start;
    });
    const missing = end - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / 65536));
    return addresses;
  };
  const roundUp = (n: number) => (n + 3) & ~3;
  const responses = sides.map(({ columns, trials, successes, from, to }) => {
    const width = roundUp(columns);
    const [n, y] = place((to - from) * width * 4, (to - from) * width * 4);
    for (const [address, values] of [
      [n, trials],
      [y, successes],
    ] as const) {
      const view = new Float32Array(memory.buffer, address, (to - from) * width);
      for (let r = 0; r < to - from; r++)
        view.set(values.subarray(r * columns, (r + 1) * columns), r * width);
    }
    return { n, y, width };
  });
  const placed = end;

  /** Packed second moments (off-diagonal ones times √2) and means of rows first … last − 1 as float32. */
  const pack = (
    { size, mean, covariance }: Gaussians,
    first: number,
    last: number,
    moments: Float32Array,
    means: Float32Array,
    packed: number,
    padded: number,
  ): void => {
    for (let r = first; r < last; r++) {
      const m = r * size;
      const v = m * size;
      let o = (r - first) * packed;
      for (let i = 0; i < size; i++) {
        const x = mean[m + i];
        means[(r - first) * padded + i] = x;
        for (let j = 0; j < i; j++)
          moments[o++] = Math.SQRT2 * (x * mean[m + j] + covariance[v + i * size + j]);
        moments[o++] = x * x + covariance[v + i * size + i];
      }
    }
  };

  return (job) => {
    const { side, source, target, fixed, tight, bound } = job;
    const { size } = target;
    const { from, to } = sides[side];
    const { n, y, width } = responses[side];
    const free = fixed ? size - 1 : size;
    const packed = roundUp((size * (size + 1)) / 2);
    const padded = roundUp(size);
    const block = Math.max(1, Math.min(to - from, 256));
    end = placed;
    const [
      table,
      tableMeans,
      own,
      ownMeans,
      gram,
      linear,
      expected,
      logs,
      precision,
      prior,
      means,
      full,
      scratch,
    ] = place(
      width * packed * 4,
      width * padded * 4,
      block * packed * 4,
      block * padded * 4,
      block * packed * 8,
      block * padded * 8,
      block * 8,
      block * 16,
      size * size * 8,
      size * 8,
      block * size * 8,
      block * size * size * 8,
      (packed + padded) * 4 + (free * free + free) * 8 + 16,
    );
    const { buffer } = memory;
    const floats = (address: number, length: number) => new Float32Array(buffer, address, length);
    const doubles = (address: number, length: number) => new Float64Array(buffer, address, length);
    const moments = floats(table, width * packed).fill(0);
    const tableMeanView = floats(tableMeans, width * padded).fill(0);
    pack(source, 0, source.rows, moments, tableMeanView, packed, padded);
    doubles(precision, size * size).set(job.priorPrecision);
    const priorLinear = doubles(prior, size);
    for (let i = 0; i < size; i++) {
      let sum = 0;
      for (let k = 0; k < free; k++) sum += job.priorPrecision[i * size + k] * job.priorMean[k];
      priorLinear[i] = sum;
    }
    const ownMoments = floats(own, block * packed).fill(0);
    const ownMeanView = floats(ownMeans, block * padded).fill(0);
    const meanView = doubles(means, block * size);
    const fullView = doubles(full, block * size * size).fill(0);
    for (let first = from; first < to; first += block) {
      const rows = Math.min(block, to - first);
      pack(target, first, first + rows, ownMoments, ownMeanView, packed, padded);
      meanView.set(target.mean.subarray(first * size, (first + rows) * size));
      const at = (first - from) * width * 4;
      kernels.accumulateRows(
        table,
        tableMeans,
        own,
        ownMeans,
        n + at,
        y + at,
        gram,
        linear,
        expected,
        scratch,
        rows,
        width,
        packed,
        padded,
        Number(tight),
        Number(bound),
      );
      kernels.solveRows(
        gram,
        linear,
        precision,
        prior,
        means,
        full,
        logs,
        (scratch + (packed + padded) * 4 + 15) & ~15,
        rows,
        size,
        free,
        packed,
        padded,
      );
      target.mean.set(meanView.subarray(0, rows * size), first * size);
      target.covariance.set(fullView.subarray(0, rows * size * size), first * size * size);
      job.expected.set(doubles(expected, rows), first);
      const determinant = doubles(logs, 2 * rows);
      for (let r = 0; r < rows; r++)
        job.logDeterminants[first + r] = -Math.log(determinant[2 * r]) - determinant[2 * r + 1] * Math.LN2;
    }
  };
}
