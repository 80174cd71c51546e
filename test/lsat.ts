import { readFileSync } from "node:fs";
import type { ResponseMatrix } from "../src/responses/index.ts";
import { shared } from "./shared.ts";

/** The Law School Admission Test's section 6 or 7 (Bock & Lieberman 1970): 1000 people × 5 items. */
export function lsat(section: 6 | 7): ResponseMatrix {
  const lines = readFileSync(shared(`data/lsat/lsat${section}.csv`), "utf8")
    .trim()
    .split("\n")
    .slice(1);
  const people = lines.flatMap((line) => {
    const numbers = line.split(",").map(Number);
    return Array.from({ length: numbers[5] }, () => numbers.slice(0, 5));
  });
  return {
    subjects: people.map((_, s) => `person ${s + 1}`),
    items: [1, 2, 3, 4, 5].map((i) => `item ${i}`),
    scores: Float64Array.from(people.flat()),
    observed: new Uint8Array(people.length * 5).fill(1),
  };
}
