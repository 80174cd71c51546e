import { expect, test } from "vitest";
import { normalise } from "./grade.ts";
import { grade, parseGrader } from "./graders.ts";
import { readVerdict } from "./judge-verdict.ts";

const choices = ["Paris", "London", "Rome", "Madrid"];

test.each([
  ["C", 1, "C"],
  ["c", 1, "C"],
  ["(C) Rome", 1, "C"],
  ["C. Rome", 1, "C"],
  ["The answer is (C).", 1, "C"],
  ["**Answer: C**", 1, "C"],
  ["A is wrong. B is wrong too. The answer is C", 1, "C"],
  ["First I thought the answer is A. No: the answer is C.", 1, "C"],
  ["So it must be $\\boxed{C}$", 1, "C"],
  ["\\boxed{\\text{C}}", 1, "C"],
  ["It is Rome, of course.", 1, "C"],
  ["B", 0, "B"],
  ["A capital question", undefined, undefined],
  ["A city like Rome", 1, "C"],
  ["C: the capital of Italy", 1, "C"],
  ["C\n\nBecause it is.", 1, "C"],
  ["To answer a question like this, think of Italy", undefined, undefined],
  ["the answer is (c).", 1, "C"],
  ["Answer: c\nas said", 1, "C"],
  ["Answer: D", 0, "D"],
  ["Rome or Madrid", undefined, undefined],
  ["I do not know", undefined, undefined],
  ["", undefined, undefined],
  ["E", undefined, undefined],
  ["C. Rome\n\nOption A is a city in France; option D is in Spain.", 1, "C"],
  ["C\n\nExplanation: option D is wrong.", 1, "C"],
  ["C, since option D is in Spain", 1, "C"],
  ["<think>Option A? no, the answer is B</think>\nC", 1, "C"],
  ["The answer is B? No.</think>**C**", 1, "C"],
  ["<think>The answer is C, or", undefined, undefined],
  ["B. Wait. The correct answer is: **option C**.", 1, "C"],
  ["The answer is C, not A.", 1, "C"],
  ["Option C is right. Option A is not correct, and option B (London) is wrong.", 1, "C"],
  ["C is correct, while option A is a trap", 1, "C"],
  ["Between option A and option B it is neither.\nC", 1, "C"],
  ["I choose option C", 1, "C"],
])("choice: %j", (response, score, extracted) => {
  for (const answer of ["C", "c", "(C)", 2, "Rome"]) {
    const found = grade(response, { answer, choices }, { type: "choice" });
    expect(found.score).toBe(score);
    expect(found.extracted).toBe(extracted);
  }
});

test.each([
  ["#### 1,234", 1],
  ["The answer is $1,234.00.", 1],
  ["2 + 2 = 4, so 1234", 1],
  ["\\boxed{1234}", 1],
  ["1.234e3", 1],
  ["Answer: 1235", 0],
  ["-1234", 0],
  ["none", undefined],
  ["The answer is **1234** dollars for 3 eggs", 1],
  ["The answer is x = 1,234, with 3 left", 1],
  ["The answer is 1000 + 234 = 1234 in 2 steps.", 1],
  ["Answer: about $1234$ for 2", 1],
  ["<think>It is 1234.</think> The answer is 7", 0],
])("number: %j", (response, score) => {
  expect(grade(response, { answer: "1,234" }, { type: "number" }).score).toBe(score);
});

test("numbers: tolerance, fractions and percentages", () => {
  expect(grade("about 2.56", { answer: 2.5555 }, { type: "number", tolerance: 0.01 }).score).toBe(1);
  expect(grade("about 2.56", { answer: 2.5555 }, { type: "number", tolerance: 0.0001 }).score).toBe(0);
  expect(grade("1/4", { answer: 0.25 }, { type: "number" }).score).toBe(1);
});

test.each([
  ["25%", 0.25, 1],
  ["25%", 25, 1],
  ["25 %", "25%", 1],
  ["25", "25%", 1],
  ["0.25", "25%", 1],
  ["26", "25%", 0],
  ["2500%", 25, 1],
  ["0.25%", 0.25, 0],
  ["\\boxed{\\frac{3}{4}}", 0.75, 1],
  ["\\boxed{25\\%}", 25, 1],
  ["the answer is \\dfrac34", 0.75, 1],
])("numbers: %j for the key %j", (response, answer, score) => {
  expect(grade(response, { answer }, { type: "number" }).score).toBe(score);
});

test("exact and normalised matches", () => {
  expect(grade(" Rome\n", { answer: "Rome" }, { type: "exact" }).score).toBe(1);
  expect(grade("rome", { answer: "Rome" }, { type: "exact" }).score).toBe(0);
  expect(grade("The  Café!", { answer: ["Bar", "cafe"] }, { type: "normalised" }).score).toBe(1);
  expect(normalise("The quick,  “brown” Fox")).toBe("quick brown fox");
});

test("regular expressions and JSON fields", () => {
  expect(grade("x = 42;", { answer: "42" }, { type: "regex", pattern: "x = (\\d+)" }).score).toBe(1);
  expect(grade("x = 41;", { answer: "42" }, { type: "regex", pattern: "x = (\\d+)" }).score).toBe(0);
  expect(grade("nothing", { answer: "42" }, { type: "regex", pattern: "x = (\\d+)" }).score).toBeUndefined();
  expect(grade("sorry", {}, { type: "regex", pattern: "SORRY", flags: "i" }).score).toBe(1);
  expect(
    grade('Here: {"a": {"b": "Rome"}} done', { answer: "rome" }, { type: "json", field: "a.b" }).score,
  ).toBe(1);
  expect(grade("{broken", { answer: 1 }, { type: "json", field: "a" }).score).toBeUndefined();
  expect(grade("{}", { answer: 1 }, { type: "json", field: "a" }).score).toBeUndefined();
});

test("verdicts of a judge", () => {
  expect(readVerdict("INCORRECT").score).toBe(0);
  expect(readVerdict("**Correct**").score).toBe(1);
  expect(readVerdict("That is not correct.").score).toBe(0);
  expect(readVerdict("It isn't quite correct").score).toBe(0);
  expect(readVerdict("Is it right? INCORRECT").score).toBe(0);
  expect(readVerdict("It names the right city, yet not the country: INCORRECT").score).toBe(0);
  expect(readVerdict("CORRECT, not INCORRECT").score).toBe(1);
  expect(readVerdict("Not everything is said, but it is right").score).toBe(1);
  expect(readVerdict("No.").score).toBe(0);
  expect(readVerdict("Yes, there is no doubt").score).toBe(1);
  expect(readVerdict("0.5").score).toBe(0.5);
  expect(readVerdict("Correct? No.").score).toBe(0);
  expect(readVerdict("The response is correct because it names Rome.").score).toBe(1);
  expect(readVerdict("It starts well, and ends badly.\n\n**Verdict:** Incorrect").score).toBe(0);
  expect(readVerdict("Verdict: CORRECT. What is said of Spain is wrong.").score).toBe(1);
  expect(readVerdict("Yes, it mentions Rome.\n\nINCORRECT").score).toBe(0);
  expect(readVerdict("<think>It is correct</think>INCORRECT").score).toBe(0);
  for (const unclear of ["maybe", "I cannot say it is incorrect", "Yes. It is wrong.", "Is it right?"])
    expect(readVerdict(unclear).score).toBeUndefined();
});

test("graders that cannot be used are refused with the place", () => {
  expect(() => parseGrader("oracle", "q.jsonl", "line 3")).toThrow(
    /q\.jsonl, line 3, field "grader".*one of choice/,
  );
  expect(() => parseGrader({ type: "regex", pattern: "(" }, "q", "line 1")).toThrow(/regular expression/);
  expect(() => parseGrader({ type: "json" }, "q", "line 1")).toThrow(/field/);
  expect(() => parseGrader({ type: "number", tolerance: -1 }, "q", "line 1")).toThrow(/tolerance/);
});
