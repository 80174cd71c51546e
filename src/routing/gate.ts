import { permutation, seededRandom } from "../numerics/index.ts";

/** When a decision leaves the model that is surely good for questions of that kind (the baseline) for another. */
export interface Gate {
  /** Least expected gain; ∞ keeps the baseline always. */
  readonly margin: number;
  /** What leaving gained over staying, per training question, by margins chosen without that question. */
  readonly gain: number;
  /** Its standard error. */
  readonly standardError: number;
}

/** One training question where the baseline and the best model differ: expected gain of leaving, and what it would have gained. */
export interface Departure {
  readonly question: number;
  readonly expected: number;
  readonly gained: number;
}

const folds = 10;
/** Margins that are tried. Few: the largest gain of many margins is chance. */
const margins = [0, 0.01, 0.02, 0.04, 0.08];
/** Standard errors that the gain must exceed zero by, or the baseline is kept always. */
const usualTrust = 0.5;
/** Standard errors that a margin's gain may lie below the largest and count as good. */
const slack = 1;

/**
 * The smallest margin that gains about as much as any on training questions that the predictor had not seen; ∞ unless
 * choosing a margin so gains beyond its uncertainty on questions that the choice has not seen either (nested
 * cross-validation).
 *
 * @param trust standard errors that this gain must exceed zero by
 */
export function fitGate(
  departures: readonly Departure[],
  questions: number,
  seed: number,
  trust = usualTrust,
): Gate {
  const order = permutation(questions, seededRandom(seed));
  const foldOf = ({ question }: Departure) => order[question] % folds;
  const taken = Array.from({ length: folds }, (_, fold) => {
    const margin = bestMargin(departures.filter((departure) => foldOf(departure) !== fold));
    return departures.filter((departure) => foldOf(departure) === fold && departure.expected > margin);
  }).flat();
  const { total, deviation } = gainOf(taken);
  return {
    margin: total > trust * deviation ? bestMargin(departures) : Number.POSITIVE_INFINITY,
    gain: total / questions,
    standardError: deviation / questions,
  };
}

function bestMargin(departures: readonly Departure[]): number {
  const tried = margins.map((margin) => ({
    margin,
    ...gainOf(departures.filter(({ expected }) => expected > margin)),
  }));
  const most = Math.max(0, ...tried.map(({ total }) => total));
  const enough = tried.find(({ total, deviation }) => total > 0 && total >= most - slack * deviation);
  return enough?.margin ?? Number.POSITIVE_INFINITY;
}

/** Sum of the gains and its standard deviation. */
function gainOf(departures: readonly Departure[]): { total: number; deviation: number } {
  let total = 0;
  let squares = 0;
  for (const { gained } of departures) {
    total += gained;
    squares += gained ** 2;
  }
  return { total, deviation: Math.sqrt(squares) };
}
