/** When a decision leaves the model that is best for questions of that kind ("home") for another. */
export interface Gate {
  /** Least expected gain; ∞ keeps home always. */
  readonly margin: number;
  /** What leaving gained over staying, per training question, out of bag. */
  readonly gain: number;
  /** Its standard error. */
  readonly standardError: number;
}

export function passesGate(gate: Gate, expectedGain: number): boolean {
  return expectedGain > gate.margin;
}

/** One training question's decision, out of bag: expected gain of leaving home, and what it would have gained. */
export interface Departure {
  readonly expected: number;
  readonly gained: number;
}

/** Standard errors that the gain must exceed zero by; below, home is kept always. */
const trust = 1;

/**
 * The margin that would have gained most on training questions out of bag, and ∞ unless that gain is positive beyond
 * its uncertainty: of margins with nearly the same gain the most cautious.
 */
export function fitGate(departures: readonly Departure[], questions: number): Gate {
  const byHope = departures
    .filter(({ expected }) => expected > 0)
    .toSorted((a, b) => b.expected - a.expected);
  let sum = 0;
  let squares = 0;
  let best = { worth: 0, margin: Number.POSITIVE_INFINITY, gain: 0, standardError: 0 };
  byHope.forEach(({ expected, gained }, i) => {
    sum += gained;
    squares += gained ** 2;
    if (i + 1 < byHope.length && byHope[i + 1].expected === expected) return;
    const gain = sum / questions;
    const standardError = Math.sqrt(Math.max(0, squares / questions - gain ** 2) / questions);
    const worth = gain - trust * standardError;
    if (worth > best.worth) {
      const below = byHope[i + 1]?.expected ?? 0;
      best = { worth, margin: (expected + below) / 2, gain, standardError };
    }
  });
  return { margin: best.margin, gain: best.gain, standardError: best.standardError };
}
