import type { Cells } from "../../kernels/index.ts";
import { couple } from "./coupling.ts";
import { eliminate, type System } from "./elimination.ts";
import {
  type ErrorCoordinates,
  errorCoordinates,
  meanErrors,
  setCovariance,
  towards,
} from "./error-coordinates.ts";
import { givenShare } from "./given-prior.ts";
import { type ItemPrior, learnedCoordinates, type VariationalPriors } from "./prior.ts";
import { priorInformation } from "./prior-information.ts";
import {
  expectedInformation,
  type ResponseInformation,
  responseInformation,
} from "./response-information.ts";
import { addRotation, holdRotation, rotationErrors } from "./rotation-error.ts";
import { scaleErrors } from "./scale-error.ts";
import type { Posteriors } from "./start.ts";

/** Multiply-adds, and numbers held at once, beyond which a joint system is not formed. */
const mostWork = 3e9;
const mostNumbers = 5e7;

/**
 * Variational posteriors treat abilities and items as independent, so that each side's covariances are those given the
 * other side known: too narrow. This replaces them, in place, by the diagonal blocks of the inverse of the joint information of
 * all that calibration estimates: means and covariances of every ability and item, and the items' learned prior (the linear
 * response of Giordano, Broderick & Jordan 2018, whose information is the second derivative of the evidence lower bound). Errors of
 * the scale that the prior's pseudo-items would hold, and of the rotation that identifies the axes, are added.
 *
 * The side with fewer unknowns is kept with the prior, the other eliminated row by row. Returns false, leaving all as it is, where
 * that would take too long however it is done.
 */
export function jointCovariance(
  bySubject: Cells,
  posteriors: Posteriors,
  prior: ItemPrior,
  priors: VariationalPriors,
  ways: readonly Way[] = ["whole", "means", "expected"],
): boolean {
  return ways.some((way) => replaceCovariances(bySubject, posteriors, prior, priors, way));
}

/**
 * "whole": as above. "means", where that is too much work: the posteriors' covariances count as known, whose errors matter little
 * where so many responses are. "expected": so, with the information expected rather than observed, which is positive definite
 * even where calibration has not quite come to its end.
 */
export type Way = "whole" | "means" | "expected";

function replaceCovariances(
  bySubject: Cells,
  posteriors: Posteriors,
  prior: ItemPrior,
  priors: VariationalPriors,
  way: Way,
): boolean {
  const { subjects, items } = posteriors;
  const { size } = items;
  const dims = size - 1;
  const whole = way === "whole";
  const ofOne = { subject: coordinatesOf(dims, whole), item: coordinatesOf(size, whole) };
  const all = { subjects: subjects.rows * ofOne.subject, items: items.rows * ofOne.item };
  const keepSubjects = all.subjects <= all.items;
  const unknowns =
    Math.min(all.subjects, all.items) + coordinatesOf(learnedCoordinates(priors, size).length, true);
  const lines = Math.max(all.subjects, all.items);
  if ((lines * unknowns ** 2) / 2 > mostWork || lines * unknowns > mostNumbers) return false;
  const ofSubjects = errorCoordinates(subjects, dims, whole);
  const ofItems = errorCoordinates(items, size, whole);
  const [kept, gone] = keepSubjects ? [ofSubjects, ofItems] : [ofItems, ofSubjects];
  const keptRows = keepSubjects ? subjects : items;
  const goneRows = keepSubjects ? items : subjects;
  const ofPrior = priorInformation(items, ofItems, prior, priors);

  const observed = responseInformation(bySubject, subjects, items);
  const responses = way === "expected" ? expectedInformation(observed) : observed;
  const system = informationOf(responses, posteriors, { ofSubjects, ofItems, keepSubjects, ofPrior });
  holdRotation(system.own, unknowns, keptRows, kept, dims);
  const inverse = eliminate(system);
  if (!inverse) return false;
  const scale = scaleErrors(posteriors, priors, keepSubjects ? "subjects" : "items", ofPrior.heldAgainst);
  const turns = rotationErrors(items, (w) => {
    const itemPart = new Float64Array(keepSubjects ? gone.rows * gone.width : unknowns);
    const pulled = new Float64Array(size);
    for (let i = 0; i < items.rows; i++) {
      towards(ofItems, i, w, i * size, pulled);
      itemPart.set(pulled, i * ofItems.width);
    }
    const solved = keepSubjects
      ? inverse.solve(new Float64Array(unknowns), itemPart)
      : inverse.solve(itemPart, new Float64Array(gone.rows * gone.width));
    const errors = {
      ofSubjects: meanErrors(ofSubjects, keepSubjects ? solved.kept : solved.rows),
      ofItems: meanErrors(ofItems, keepSubjects ? solved.rows : solved.kept),
    };
    scale.addTimes(w, errors);
    return errors;
  });
  const given = givenShare(items, prior, priors);
  const blocks = inverse.blocks({
    keptRows: kept.rows,
    keptWidth: kept.width,
    keptFree: kept.free,
    rowFree: gone.free,
  });
  blocks.kept.forEach((block, r) => {
    setCovariance(keptRows, kept, r, block);
  });
  blocks.rows.forEach((block, r) => {
    setCovariance(goneRows, gone, r, block);
  });
  for (let e = 0; e < given.length; e++) items.covariance[e] -= given[e];
  scale.addBlocks();
  addRotation(subjects, items, turns);
  return true;
}

/** Numbers of a mean, and of a symmetric covariance if that counts. */
const coordinatesOf = (free: number, whole: boolean): number => free + (whole ? (free * (free + 1)) / 2 : 0);

/** The joint information: what is kept are the rows of one side, then the learned prior. */
function informationOf(
  responses: ResponseInformation,
  posteriors: Posteriors,
  {
    ofSubjects,
    ofItems,
    keepSubjects,
    ofPrior,
  }: {
    readonly ofSubjects: ErrorCoordinates;
    readonly ofItems: ErrorCoordinates;
    readonly keepSubjects: boolean;
    readonly ofPrior: ReturnType<typeof priorInformation>;
  },
): System {
  const [kept, gone] = keepSubjects ? [ofSubjects, ofItems] : [ofItems, ofSubjects];
  const [p, q] = [kept.width, gone.width];
  const keptOfRows = kept.rows * p;
  const unknowns = keptOfRows + ofPrior.count;
  const lines = gone.rows * q;
  const shared = new Float64Array(unknowns * lines);
  const { ofSubjects: ownOfSubjects, ofItems: ownOfItems } = couple(
    ...([responses, posteriors, ofSubjects, ofItems] as const),
    (s, i, block) => {
      for (let x = 0, at = 0; x < ofSubjects.width; x++)
        for (let c = 0; c < ofItems.width; c++, at++)
          if (keepSubjects) shared[(s * p + x) * lines + i * q + c] = block[at];
          else shared[(i * p + c) * lines + s * q + x] = block[at];
    },
  );

  const own = new Float64Array(unknowns ** 2);
  const ofKept = keepSubjects ? ownOfSubjects : ownOfItems;
  for (let r = 0; r < kept.rows; r++)
    for (let k = 0; k < p; k++)
      for (let l = 0; l < p; l++) own[(r * p + k) * unknowns + r * p + l] = ofKept[(r * p + k) * p + l];
  for (let a = 0; a < ofPrior.count; a++)
    for (let b = 0; b < ofPrior.count; b++)
      own[(keptOfRows + a) * unknowns + keptOfRows + b] = ofPrior.own[a * ofPrior.count + b];
  for (let c = 0; c < ofItems.rows * ofItems.width; c++)
    for (let a = 0; a < ofPrior.count; a++) {
      const value = ofPrior.shared[c * ofPrior.count + a];
      if (keepSubjects) shared[(keptOfRows + a) * lines + c] = value;
      else own[(keptOfRows + a) * unknowns + c] = value;
    }
  const blocks = keepSubjects ? ownOfItems : ownOfSubjects;
  return { kept: unknowns, own, rows: gone.rows, width: q, blocks, shared };
}
