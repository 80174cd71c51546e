/** Steps back that the speed of convergence is looked at over. */
const lookBack = 12;

/**
 * How many EM steps are left at most, from how far each has moved the parameters: EM's changes shrink by about the same
 * factor a step, so their logarithms fall along a line down to that of the tolerance. Where they do not fall, all steps
 * up to the limit are left.
 */
export function stepsLeft(tolerance: number, limit: number): (step: number, change: number) => number {
  const seen: { readonly step: number; readonly log: number }[] = [];
  return (step, change) => {
    const log = Math.log(Math.max(change, Number.MIN_VALUE));
    seen.push({ step, log });
    while (seen.length > 2 && seen[0].step < step - lookBack) seen.shift();
    const [{ step: from, log: before }] = seen;
    const rate = (before - log) / (step - from);
    const needed = (log - Math.log(tolerance)) / rate;
    const most = rate > 0 ? Math.min(limit - step, needed) : limit - step;
    // Rounding must not make a whole number of steps one more.
    return Math.max(0, Math.ceil(most - 1e-9));
  };
}
