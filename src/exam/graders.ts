import { InputError, show } from "../input-error.ts";
import { gradeChoice } from "./choice-answer.ts";
import { type Gradable, type Grade, graded, normalise, withoutThinking } from "./grade.ts";
import { gradeNumber } from "./number-answer.ts";

/** A grader that is a rule. */
export type RuleGrader =
  | { readonly type: "choice" | "exact" | "normalised" }
  | { readonly type: "number"; readonly tolerance?: number }
  | { readonly type: "regex"; readonly pattern: string; readonly flags?: string }
  | { readonly type: "json"; readonly field: string };

/** How a response becomes a score: by a rule, by asking a model, by a program of the user's. */
export type GraderSpec = RuleGrader | { readonly type: "judge" } | { readonly type: "command" };

const graderNames = ["choice", "exact", "normalised", "number", "regex", "json", "judge", "command"] as const;

/** @throws InputError for a grader that is unknown or lacks what it needs. */
export function parseGrader(value: unknown, source: string, at: string): GraderSpec {
  const spec = (typeof value === "string" ? { type: value } : value) as GraderSpec & Record<string, unknown>;
  const wrong = (found: unknown, expected: string) =>
    new InputError("the grader cannot be used", {
      source,
      at,
      field: "grader",
      found: show(found),
      expected,
    });
  if (!(graderNames as readonly string[]).includes(spec?.type))
    throw wrong(value, `one of ${graderNames.join(", ")}`);
  if (spec.type === "regex") {
    if (typeof spec.pattern !== "string") throw wrong(value, '{"type": "regex", "pattern": "…"}');
    try {
      new RegExp(spec.pattern, spec.flags as string | undefined);
    } catch (error) {
      throw wrong(spec.pattern, `a regular expression (${(error as Error).message})`);
    }
  }
  if (spec.type === "json" && typeof spec.field !== "string")
    throw wrong(value, '{"type": "json", "field": "a.b"}');
  if (spec.type === "number" && spec.tolerance !== undefined && !((spec.tolerance as number) >= 0))
    throw wrong(spec.tolerance, "a tolerance of 0 or more");
  return spec;
}

/** Grades by rule what a model said, apart from its thinking; "judge" and "command" are asked elsewhere. */
export function grade(output: string, { answer, choices }: Gradable, spec: RuleGrader): Grade {
  const response = withoutThinking(output);
  if (response === "" && output.trim() !== "") return { score: undefined };
  switch (spec.type) {
    case "choice":
      return gradeChoice(response, answer, choices);
    case "exact":
      return graded(
        response,
        alternatives(answer).some((one) => one.trim() === response),
      );
    case "normalised": {
      const given = normalise(response);
      return graded(
        given,
        alternatives(answer).some((one) => normalise(one) === given),
      );
    }
    case "number":
      return gradeNumber(response, answer, spec.tolerance ?? 1e-6);
    case "regex": {
      const match = new RegExp(spec.pattern, spec.flags ?? "").exec(response);
      if (answer === undefined || answer === null)
        return { score: match ? 1 : 0, ...(match && { extracted: match[0] }) };
      if (!match) return { score: undefined };
      const found = match[1] ?? match[0];
      return graded(
        found,
        alternatives(answer).some((one) => normalise(one) === normalise(found)),
      );
    }
    case "json":
      return gradeJson(response, answer, spec.field);
  }
}

function alternatives(answer: unknown): string[] {
  return (Array.isArray(answer) ? answer : [answer]).map(String);
}

function gradeJson(response: string, answer: unknown, field: string): Grade {
  const start = response.search(/[{[]/);
  const end = Math.max(response.lastIndexOf("}"), response.lastIndexOf("]"));
  let value: unknown;
  try {
    value = JSON.parse(response.slice(start, end + 1));
  } catch {
    return { score: undefined };
  }
  for (const part of field.split(".")) value = (value as Record<string, unknown> | undefined)?.[part];
  if (value === undefined) return { score: undefined };
  const same =
    JSON.stringify(value) === JSON.stringify(answer) ||
    (typeof value !== "object" && normalise(String(value)) === normalise(String(answer)));
  return graded(JSON.stringify(value), same);
}
