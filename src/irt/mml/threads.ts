import { breathing, shared, startThreads, type Thread } from "../../kernels/index.ts";
import { chunkBounds, type Expectation, gatherChunks } from "./expectation.ts";
import { itemsOf, type Job, type Problem, perform, type SomeExpectations, type Working } from "./work.ts";
import { mmlProgram } from "./worker.program.ts";
import type { Message } from "./worker.ts";

/**
 * Runs an estimation on `count` threads; on this one alone where the host has no workers. The result does not depend on
 * their number, to the last bit: patterns are summed in chunks that the problem alone determines, and added in order.
 */
export async function driveInThreads<T>(work: Working<T>, problem: Problem, count: number): Promise<T> {
  const threads = count > 1 ? startThreads(mmlProgram, count) : undefined;
  if (!threads) return driveBreathing(work, problem);
  try {
    const { model, terms, frequency, free, priors } = problem;
    const message: Message = {
      model: { family: model.family, dims: model.dims, categories: model.categories },
      problem: {
        terms: {
          base: shared(terms.base),
          starts: shared(terms.starts),
          columns: shared(terms.columns),
          ...(terms.weights && { weights: shared(terms.weights) }),
        },
        frequency: shared(frequency),
        free: shared(free),
        priors,
      },
    };
    await Promise.all(threads.map((thread) => thread.ask(message)));
  } catch {
    for (const thread of threads) thread.stop();
    return driveBreathing(work, problem);
  }
  try {
    let next = work.next();
    while (!next.done) next = work.next(await performInThreads(threads, problem, next.value));
    return next.value;
  } finally {
    for (const thread of threads) thread.stop();
  }
}

async function driveBreathing<T>(work: Working<T>, problem: Problem): Promise<T> {
  const breathe = breathing();
  let next = work.next();
  while (!next.done) {
    next = work.next(perform(problem, next.value));
    await breathe();
  }
  return next.value;
}

const ask = <T>(thread: Thread, message: Message) => thread.ask(message) as Promise<T>;

async function performInThreads(
  threads: readonly Thread[],
  problem: Problem,
  job: Job,
): Promise<Expectation | Float64Array> {
  const share = (of: number, t: number) => Math.floor((of * t) / threads.length);
  if (job.kind === "maximise") {
    const items = job.informed.length;
    const parts = await Promise.all(
      threads.map((thread, t) => {
        const [from, to] = [share(items, t), share(items, t + 1)];
        return ask<Float64Array>(thread, { job: itemsOf(problem, job, from, to), from });
      }),
    );
    const { size } = problem.model;
    const next = new Float64Array(job.x.length);
    parts.forEach((part, t) => {
      next.set(part, share(items, t) * size);
    });
    return next;
  }
  const { model, frequency } = problem;
  const { windows } = job;
  const bounds = chunkBounds(frequency.length, model, job.x, job.nodes);
  const chunks = bounds.length - 1;
  const whole = gatherChunks(model, job.x, job.nodes, frequency);
  const parts = await Promise.all(
    threads.map((thread, t) => {
      const mine = bounds.slice(share(chunks, t), share(chunks, t + 1) + 1);
      return mine.length < 2 ? undefined : ask<SomeExpectations>(thread, { job, bounds: mine });
    }),
  );
  let c = 0;
  for (const part of parts) {
    if (!part) continue;
    windows.from.set(part.windows.from, bounds[c]);
    windows.to.set(part.windows.to, bounds[c]);
    for (const chunk of part.chunks) whole.add(chunk, bounds[c++]);
  }
  return whole.result();
}
