import { factoriseLess } from "../../kernels/index.ts";
import { cholesky, solveLower } from "../../numerics/index.ts";
import { dot } from "./dense.ts";

/** A positive definite system of unknowns that are kept and rows that are eliminated, which share nothing with each other. */
export interface System {
  readonly kept: number;
  /** Information of the kept unknowns, kept × kept, of which the lower triangle is read. */
  readonly own: Float64Array;
  readonly rows: number;
  /** Unknowns of an eliminated row. */
  readonly width: number;
  /** Information of each row about itself, rows × width × width, lower triangles; spoilt by {@link eliminate}. */
  readonly blocks: Float64Array;
  /** What each kept unknown shares with the rows, kept × (rows × width); spoilt. */
  readonly shared: Float64Array;
}

/** A system whose rows are eliminated. */
export interface Eliminated {
  /** The solution for a right-hand side of both parts. */
  readonly solve: (ofKept: Float64Array, ofRows: Float64Array) => { kept: Float64Array; rows: Float64Array };
  /** Blocks of the inverse, `free` × `free` each: of every `keptWidth` kept unknowns the first, and of every row the first. */
  readonly blocks: (of: { keptRows: number; keptWidth: number; keptFree: number; rowFree: number }) => {
    kept: Float64Array[];
    rows: Float64Array[];
  };
}

/**
 * Eliminates the rows: with blocks R Rᵀ and W = R⁻¹ · shared the kept unknowns are left with own − WᵀW. Undefined where the
 * system is not positive definite.
 */
export function eliminate({ kept, own, rows, width, blocks, shared }: System): Eliminated | undefined {
  const roots = Array.from({ length: rows }, (_, r) =>
    blocks.subarray(r * width * width, (r + 1) * width * width),
  );
  if (!roots.every((root) => cholesky(root, width))) return undefined;
  const lines = rows * width;
  for (let c = 0; c < kept; c++)
    for (let r = 0; r < rows; r++) solveAt(roots[r], width, shared, c * lines + r * width);
  const left = factoriseLess(own, shared, kept);
  if (!left) return undefined;

  const solve = (ofKept: Float64Array, ofRows: Float64Array) => {
    const across = ofRows.slice();
    for (let r = 0; r < rows; r++) solveAt(roots[r], width, across, r * width);
    const line = (c: number) => shared.subarray(c * lines, (c + 1) * lines);
    const solved = left.solve(ofKept.map((value, c) => value - dot(line(c), across, 0)));
    for (let c = 0; c < kept; c++) {
      const from = c * lines;
      for (let j = 0; j < lines; j++) across[j] -= shared[from + j] * solved[c];
    }
    for (let r = 0; r < rows; r++) solveUpper(roots[r], width, across.subarray(r * width, (r + 1) * width));
    return { kept: solved, rows: across };
  };

  const inverseBlocks: Eliminated["blocks"] = ({ keptRows, keptWidth, keptFree, rowFree }) => {
    const ofKept = keptRows * keptFree;
    const halves = new Float64Array((ofKept + rows * rowFree) * kept);
    for (let r = 0; r < keptRows; r++)
      for (let k = 0; k < keptFree; k++) halves[(r * keptFree + k) * kept + r * keptWidth + k] = 1;
    // R⁻¹ of the row's first unit vectors.
    const units = roots.map((root) =>
      Array.from({ length: rowFree }, (_, k) => solveLower(root, width, unitVector(k, width))),
    );
    units.forEach((ofRow, r) => {
      ofRow.forEach((unit, k) => {
        const to = (ofKept + r * rowFree + k) * kept;
        for (let c = 0; c < kept; c++) {
          const from = c * lines + r * width;
          let sum = 0;
          for (let j = k; j < width; j++) sum += shared[from + j] * unit[j];
          halves[to + c] = sum;
        }
      });
    });
    left.halve(halves);
    const half = (line: number) => halves.subarray(line * kept, (line + 1) * kept);
    return {
      kept: Array.from({ length: keptRows }, (_, r) =>
        gram(Array.from({ length: keptFree }, (_, k) => half(r * keptFree + k))),
      ),
      rows: units.map((ofRow, r) => {
        const own = gram(ofRow);
        return gram(ofRow.map((_, k) => half(ofKept + r * rowFree + k))).map((value, e) => value + own[e]);
      }),
    };
  };
  return { solve, blocks: inverseBlocks };
}

function unitVector(k: number, length: number): Float64Array {
  const unit = new Float64Array(length);
  unit[k] = 1;
  return unit;
}

/** All inner products of some vectors. */
function gram(vectors: readonly Float64Array[]): Float64Array {
  const n = vectors.length;
  return Float64Array.from({ length: n * n }, (_, e) => dot(vectors[Math.floor(e / n)], vectors[e % n], 0));
}

/** Solves L y = b in place of the n numbers of `b` from `at` on. */
function solveAt(l: Float64Array, n: number, b: Float64Array, at: number): void {
  for (let i = 0; i < n; i++) {
    let sum = b[at + i];
    for (let j = 0; j < i; j++) sum -= l[i * n + j] * b[at + j];
    b[at + i] = sum / l[i * n + i];
  }
}

/** Solves Lᵀ x = b in place of b. */
function solveUpper(l: Float64Array, n: number, b: Float64Array): void {
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) b[i] -= l[k * n + i] * b[k];
    b[i] /= l[i * n + i];
  }
}
