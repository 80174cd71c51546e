import type { ResponseModel } from "../models.ts";
import type { Nodes } from "../nodes.ts";
import {
  type ChunkExpectation,
  chunkBounds,
  type Expectation,
  expectChunks,
  gatherChunks,
} from "./expectation.ts";
import { maximiseItems } from "./maximisation.ts";
import type { Windows } from "./posteriors.ts";
import type { ItemPriors } from "./priors.ts";
import { someTerms, type Terms } from "./terms.ts";

/** What stays the same in all steps of an estimation. */
export interface Problem {
  readonly model: ResponseModel;
  readonly terms: Terms;
  /** How many subjects have each pattern. */
  readonly frequency: Float64Array;
  /** I × size: index of each parameter among the free ones, −1 for a fixed one. */
  readonly free: Int32Array;
  readonly priors: ItemPriors;
}

/** The expectation step at ξ = x. Windows are changed in place. */
export interface ExpectJob {
  readonly kind: "expect";
  readonly x: Float64Array;
  readonly nodes: Nodes;
  readonly logPrior: Float64Array;
  readonly windows: Windows;
}

/** The maximisation step from ξ = x, item by item. */
export interface MaximiseJob {
  readonly kind: "maximise";
  readonly x: Float64Array;
  readonly nodes: Nodes;
  readonly counts: Float64Array;
  readonly informed: Uint8Array;
}

export type Job = ExpectJob | MaximiseJob;

/** An estimation that hands its steps to whoever drives it, on this thread or on several. */
export type Working<T> = Generator<Job, T, Expectation | Float64Array>;

export function* expect(job: Omit<ExpectJob, "kind">): Working<Expectation> {
  return (yield { ...job, kind: "expect" }) as Expectation;
}

/** @returns the new ξ */
export function* maximise(job: Omit<MaximiseJob, "kind">): Working<Float64Array> {
  return (yield { ...job, kind: "maximise" }) as Float64Array;
}

/** Runs an estimation on this thread. */
export function driveHere<T>(work: Working<T>, problem: Problem): T {
  let next = work.next();
  while (!next.done) next = work.next(perform(problem, next.value));
  return next.value;
}

export function perform(problem: Problem, job: Job): Expectation | Float64Array {
  const { model, terms, frequency } = problem;
  if (job.kind === "maximise") return maximiseSome(problem, job, 0);
  const bounds = chunkBounds(frequency.length, model, job.x, job.nodes);
  const whole = gatherChunks(model, job.x, job.nodes, frequency);
  expectChunks({ ...job, model, terms }, frequency, bounds, (chunk, c) => whole.add(chunk, bounds[c]));
  return whole.result();
}

/** The part of a job that is about items from … to − 1. */
export function itemsOf({ model }: Problem, job: MaximiseJob, from: number, to: number): MaximiseJob {
  const { x, nodes, counts, informed } = job;
  const rows = model.categories * nodes.count;
  return {
    ...job,
    x: x.slice(from * model.size, to * model.size),
    counts: counts.slice(from * rows, to * rows),
    informed: informed.slice(from, to),
  };
}

/** The new ξ of the job's items, which are the problem's from item `from` on. */
export function maximiseSome(problem: Problem, { x, ...job }: MaximiseJob, from: number): Float64Array {
  const { model, free, priors } = problem;
  const next = x.slice();
  maximiseItems(next, {
    ...job,
    model,
    priors,
    free: free.subarray(from * model.size, from * model.size + x.length),
  });
  return next;
}

/** Chunks of patterns, with the part of the windows that their posteriors have moved to. */
export interface SomeExpectations {
  readonly chunks: readonly ChunkExpectation[];
  readonly windows: Windows;
}

/** The chunks of patterns bounds[c] … bounds[c + 1] − 1, each with its own sums. */
export function expectSome(
  { model, terms, frequency }: Problem,
  job: ExpectJob,
  bounds: readonly number[],
): SomeExpectations {
  const first = bounds[0];
  const last = bounds[bounds.length - 1];
  const windows = { from: job.windows.from.slice(first, last), to: job.windows.to.slice(first, last) };
  const chunks: ChunkExpectation[] = [];
  expectChunks(
    { ...job, model, terms: someTerms(terms, first, last), windows },
    frequency.subarray(first, last),
    bounds.map((bound) => bound - first),
    (chunk) => chunks.push({ ...chunk, sums: chunk.sums.slice() }),
  );
  return { chunks, windows };
}
