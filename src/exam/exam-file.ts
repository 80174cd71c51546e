import { z } from "zod";
import { parseJson } from "../formats/index.ts";
import { InputError } from "../input-error.ts";
import type { Assessment } from "./assess.ts";
import type { Exam } from "./exam.ts";
import type { ErrorScale } from "./interval.ts";

const numbers = z.array(z.number());

const questions = z
  .array(
    z.looseObject({
      item: z.string(),
      scenario: z.string().optional(),
      text: z.string().optional(),
      anchorWeights: numbers.optional(),
    }),
  )
  .min(1);

const assessment = z.looseObject({
  folds: z.number(),
  scenarios: z.array(
    z.looseObject({
      name: z.string(),
      errors: z.array(z.looseObject({ method: z.string(), meanAbsoluteError: z.number() })),
      best: z.string(),
      stacking: numbers,
      scales: z.record(z.string(), z.looseObject({ floor: z.number(), ratios: numbers })),
    }),
  ),
});

const adaptive = z
  .looseObject({
    criterion: z.string(),
    stop: z.looseObject({ most: z.number().optional() }),
    among: z.number(),
    seed: z.number(),
    questions,
    parameters: z.looseObject({
      family: z.string(),
      dims: z.int().positive(),
      discrimination: numbers,
      intercept: numbers,
      guessing: numbers.optional(),
      upper: numbers.optional(),
    }),
    prior: z.looseObject({ mean: numbers, covariance: numbers }),
    weights: numbers,
    shares: z.record(z.string(), z.number()).optional(),
    assessment: assessment.optional(),
  })
  .refine((value) => value.parameters.intercept.length === value.questions.length, {
    path: ["parameters", "intercept"],
    message: "one number for each question",
  })
  .refine((value) => value.weights.length === value.questions.length, {
    path: ["weights"],
    message: "one number for each question",
  });

const schema = z
  .looseObject({
    bank: z.string(),
    selection: z.string(),
    seed: z.number(),
    questions,
    scenarios: z.array(z.string()).min(1),
    gpWeights: numbers,
    assessment: assessment.optional(),
    adaptive: adaptive.optional(),
  })
  .refine((value) => value.gpWeights.length === value.scenarios.length, {
    path: ["gpWeights"],
    message: "one number for each scenario",
  });

/** An exam as the text of its file. */
export function writeExam(exam: Exam): string {
  const plain = (_: string, value: unknown) => (value instanceof Float64Array ? Array.from(value) : value);
  return `${JSON.stringify(exam, plain, 1)}\n`;
}

/** Reads what {@link writeExam} wrote. @throws InputError for anything else, naming the field. */
export function readExam(text: string, source: string): Exam {
  const value = parseJson(text, source) as Exam;
  if (value?.format !== "tripos-exam")
    throw new InputError("this is not an exam", {
      source,
      expected: 'an object with "format": "tripos-exam", as tripos exam design writes it',
    });
  if (value.version !== 1)
    throw new InputError("this exam was written by a newer Tripos", {
      source,
      field: "version",
      found: String(value.version),
      expected: "1",
    });
  const issue = schema.safeParse(value).error?.issues[0];
  if (issue)
    throw new InputError("the exam is damaged", {
      source,
      field: issue.path.join("."),
      found: issue.message,
      hint: "Design it again with tripos exam design.",
    });
  const { assessment, adaptive } = value;
  return {
    ...value,
    ...(assessment && { assessment: revive(assessment) }),
    ...(adaptive?.assessment && { adaptive: { ...adaptive, assessment: revive(adaptive.assessment) } }),
  };
}

/** JSON has no typed arrays. */
function revive(assessment: Assessment): Assessment {
  return {
    ...assessment,
    scenarios: assessment.scenarios.map((scenario) => ({
      ...scenario,
      stacking: Float64Array.from(scenario.stacking),
      scales: Object.fromEntries(
        Object.entries(scenario.scales).map(([name, { floor, ratios }]) => [
          name,
          { floor, ratios: Float64Array.from(ratios) } satisfies ErrorScale,
        ]),
      ),
    })),
  };
}
