import fc from "fast-check";
import { expect, test } from "vitest";
import { InputError } from "../input-error.ts";
import { parseJson, parsePythonJson, positionInJson } from "./index.ts";

test.each([
  ['[{"a": 1},\n {"a": }]', "x.json, line 2, column 8 (entry 1, a): this is not valid JSON (found })"],
  ['[{"a": NaN}]', "line 1, column 8 (entry 0, a): this is not valid JSON (found NaN)\n  JSON has no NaN"],
  ['[{"a": 1}', "found the end of the file"],
  ["[1, 2,]", "line 1, column 7"],
  ["", "the file is empty"],
  ["  \n", "the file is empty"],
  ["[1] // note", "line 1, column 5"],
])("the error of %j says where", (text, message) => {
  expect(() => parseJson(text, "x.json")).toThrow(InputError);
  try {
    parseJson(text, "x.json");
  } catch (error) {
    expect((error as Error).message).toContain(message);
  }
});

test("whatever text comes, the answer is a value or an InputError", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json().map((text) => text.slice(0, -1)),
      ),
      (text) => {
        try {
          parseJson(text, "x");
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
        }
      },
    ),
  );
});

test("positions of elements", () => {
  const text = '[\n  {"a": 1},\n  {"a": "x"}\n]';
  expect(positionInJson(text, [1, "a"])).toBe("line 3, column 9");
  expect(positionInJson(text, [1, "b"])).toBeUndefined();
});

test("Python's NaN is read as null, in strings it stays", () => {
  expect(parsePythonJson('{"a": NaN, "b": [-Infinity], "c": "NaN \\" Infinity"}', "x")).toEqual({
    a: null,
    b: [null],
    c: 'NaN " Infinity',
  });
});
