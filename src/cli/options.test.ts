import { expect, test } from "vitest";
import { realNumber, wholeNumber } from "./options.ts";

test.each(["0", "2.5", "-1", "x", "", "1e3", "NaN"])(
  "--dims %s is refused with what was expected",
  (text) => {
    expect(() => wholeNumber("--dims", 1, 500)(text)).toThrow(
      `--dims: the value does not fit (found ${JSON.stringify(text)}, expected a whole number from 1 to 500)`,
    );
  },
);

test("numbers within their bounds are read", () => {
  expect(wholeNumber("--dims", 1)("50")).toBe(50);
  expect(realNumber("--tau", 0, 1)("0.5")).toBe(0.5);
  expect(() => realNumber("--tau", 0, 1)("1.1")).toThrow("a number from 0 to 1");
});
