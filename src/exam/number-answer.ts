import { type Grade, graded } from "./grade.ts";

const number = String.raw`[-−+]?(?:\d{1,3}(?:,\d{3})+|\d+|(?=\.\d))(?:\.\d+)?(?:[eE][-+]?\d+)?(?:\s*/\s*\d+)?\s?%?`;
const filler = String.raw`(?:(?:therefore|thus|about|approximately|approx\.?|roughly|around|exactly|just|simply|equal to|a total of|≈|~)\s+)*`;
/** "x =", "3 + 4 =" */
const leftSide = String.raw`(?:\\?[A-Za-z]\w*\s*=\s*)?(?:\d[\d.,]*(?:\s*[-+*/×÷·^]\s*\(?\d[\d.,]*\)?)+\s*=\s*)?`;
const marked = new RegExp(
  String.raw`(?:####|\\boxed\{|answer\s*(?:(?:is|are|=)?\s*:?)?)\s*${filler}${leftSide}[$€£]?\s*(${number})`,
  "gi",
);
const plain = new RegExp(number, "g");

/**
 * The number after "####" or "answer", in \boxed{}, or the last one in the response. A percent sign on one side alone may be
 * the unit that the other leaves out: "25%" is right for 0.25 and for 25, "25" and "0.25" are right for "25%".
 */
export function gradeNumber(response: string, answer: unknown, tolerance: number): Grade {
  const text = withoutMarkup(response);
  const found =
    [...text.matchAll(marked)].map((match) => match[1]).at(-1) ??
    [...text.matchAll(plain)].map((match) => match[0]).at(-1);
  if (found === undefined) return { score: undefined };
  const key = String(answer);
  const keys = [parseNumber(key)];
  if (isPercent(found) && !isPercent(key) && Math.abs(keys[0]) >= 1) keys.push(keys[0] / 100);
  if (isPercent(key) && !isPercent(found)) keys.push(100 * keys[0]);
  const value = parseNumber(found);
  return graded(
    found.trim(),
    keys.some((right) => Math.abs(value - right) <= tolerance * Math.max(1, Math.abs(right))),
  );
}

/** A number as people write it: "1,234", "$5", "3/4", "25%"; NaN for anything else. */
export function parseNumber(text: string): number {
  const digits = text.replace(/[,$€£\s]/g, "").replace("−", "-");
  const [above, below] = digits.replace("%", "").split("/");
  const value = below === undefined ? Number(above) : Number(above) / Number(below);
  return isPercent(text) ? value / 100 : value;
}

function isPercent(text: string): boolean {
  return text.trim().endsWith("%");
}

/** Without Markdown's emphasis, with LaTeX's fractions and signs in plain characters. */
function withoutMarkup(text: string): string {
  return text
    .replace(/\*\*|__|`/g, "")
    .replace(/(^|\s)[*_](?=[-−+$€£\d])|(?<=[\d%])[*_](?=$|[\s.,;:!?])/gm, "$1")
    .replace(/\\[dt]?frac\s*\{\s*([^{}]+?)\s*\}\s*\{\s*([^{}]+?)\s*\}/g, "$1/$2")
    .replace(/\\[dt]?frac\s*(\d)\s*(\d)/g, "$1/$2")
    .replace(/\\([%$])/g, "$1")
    .replace(/\\[!,;]|\{,\}/g, (sign) => (sign === "{,}" ? "," : ""));
}
