import fc from "fast-check";
import { expect, test } from "vitest";
import { withTopLevelString } from "./json-splice.ts";

test("replaces the model and no other byte", () => {
  const text =
    '{ "messages" : [{"model":"x","n":1.0}], "seed":12345678901234567890, "model" : "tripos" , "z":"\\"model\\":" }';
  expect(withTopLevelString(text, "model", "a/b")).toBe(text.replace('"tripos"', '"a/b"'));
});

test("adds the key when it is absent", () => {
  expect(withTopLevelString('{"a":1}', "model", "m")).toBe('{"model":"m","a":1}');
  expect(withTopLevelString("{ }", "model", "m")).toBe('{"model":"m" }');
});

test("agrees with parsing and writing for any object", () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.jsonValue()),
      fc.string(),
      fc.string(),
      (object, before, after) => {
        const text = JSON.stringify({ ...object, model: before });
        expect(JSON.parse(withTopLevelString(text, "model", after))).toEqual(
          JSON.parse(JSON.stringify({ ...object, model: after })),
        );
      },
    ),
  );
});
