import type { z } from "zod";
import { InputError, show } from "../input-error.ts";

type Issue = z.core.$ZodIssue;

/** Where in its file the value (or the key itself) of a path stands: "line 3, column 7". */
export type PlaceOf = (keys: readonly PropertyKey[], ofKey?: boolean) => string;

/** What is wrong with a configuration or a request's body, in words of our own. An option misspelt may be why another is missing: it comes first. */
export function mistakeIn(
  issues: readonly Issue[],
  schema: z.core.$ZodType,
  input: unknown,
  source: string,
  place?: PlaceOf,
): InputError {
  const all = issues.map(innermost);
  const issue = all.find(({ code }) => code === "unrecognized_keys") ?? all[0];
  if (issue.code === "unrecognized_keys") {
    const [unknown] = issue.keys;
    const keys = [...issue.path, unknown];
    const known = optionsAt(schema, issue.path);
    const near = nearest(unknown, known);
    return new InputError(near ? `is not an option; did you mean "${near}"?` : "is not an option", {
      source,
      ...(place && { at: place(keys, true) }),
      field: fieldName(keys),
      ...(!near && known.length > 0 && { expected: `one of ${known.join(", ")}` }),
    });
  }
  const field = fieldName(issue.path);
  let found = input;
  for (const key of issue.path) found = (found as Record<PropertyKey, unknown> | null | undefined)?.[key];
  const secret = /key|headers|token|secret/i.test(field);
  return new InputError(found === undefined ? "is missing" : "is not right", {
    source,
    ...(place && { at: place(issue.path) }),
    ...(field && { field }),
    ...(found !== undefined && { found: secret ? "a value not shown" : show(found) }),
    expected: wanted(issue),
  });
}

/** A path as the user would write it: `upstreams[0].name`. */
export function fieldName(keys: readonly PropertyKey[]): string {
  return keys
    .map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`))
    .join("")
    .replace(/^\./, "");
}

/** Of a union, the mistake within the form that was meant: the one whose mistake is not that it is another type. */
function innermost(issue: Issue): Issue {
  if (issue.code !== "invalid_union") return issue;
  for (const [first] of issue.errors)
    if (first && (first.path.length > 0 || first.code === "unrecognized_keys"))
      return innermost({ ...first, path: [...issue.path, ...first.path] } as Issue);
  return issue;
}

const types: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "named options",
  record: "named options",
};

/** What would have been right; the configuration's own words where it has some. */
function wanted(issue: Issue): string {
  if (!/^(Invalid|Too|Unrecognized)/.test(issue.message)) return issue.message;
  switch (issue.code) {
    case "invalid_type":
      return types[issue.expected] ?? issue.expected;
    case "invalid_value":
      return `one of ${issue.values.map(String).join(", ")}`;
    case "too_small":
      if (issue.origin === "array") return `a list of at least ${issue.minimum}`;
      if (issue.origin === "string")
        return issue.minimum === 1
          ? "text that is not empty"
          : `text of at least ${issue.minimum} characters`;
      return `a number ${issue.inclusive ? "of at least" : "above"} ${issue.minimum}`;
    case "too_big":
      if (issue.origin === "string") return `text of at most ${issue.maximum} characters`;
      return `a number ${issue.inclusive ? "of at most" : "below"} ${issue.maximum}`;
    default:
      return issue.message.replace(/^Invalid (input|option): expected /, "");
  }
}

/** What schemas are made of, as far as a path through them needs it. */
interface Definition {
  readonly type: string;
  readonly innerType?: z.core.$ZodType;
  readonly in?: z.core.$ZodType;
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>;
  readonly element?: z.core.$ZodType;
  readonly valueType?: z.core.$ZodType;
  readonly options?: readonly z.core.$ZodType[];
}

/** Names of the options that there are at a path. */
function optionsAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): readonly string[] {
  const { innerType, in: before, shape, element, valueType, options } = schema._zod.def as Definition;
  const within = innerType ?? before;
  if (within) return optionsAt(within, path);
  if (options) return [...new Set(options.flatMap((option) => optionsAt(option, path)))];
  if (path.length === 0) return Object.keys(shape ?? {});
  const next = element ?? valueType ?? shape?.[String(path[0])];
  return next ? optionsAt(next, path.slice(1)) : [];
}

/** The name that a misspelt one was probably to be; undefined where none is near. */
function nearest(name: string, known: readonly string[]): string | undefined {
  const [best] = known
    .map((each) => ({ each, changes: changesBetween(name.toLowerCase(), each.toLowerCase()) }))
    .toSorted((a, b) => a.changes - b.changes);
  return best && best.changes <= Math.max(1, Math.floor(best.each.length / 3)) ? best.each : undefined;
}

/** Levenshtein's distance. */
function changesBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length];
}
