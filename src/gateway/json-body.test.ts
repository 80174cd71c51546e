import { expect, test } from "vitest";
import { z } from "zod";
import { ApiError } from "./api-error.ts";
import { jsonBody } from "./json-body.ts";

const schema = z.strictObject({
  id: z.string().min(1),
  score: z.number().min(0).max(1),
  answers: z.array(z.object({ item: z.string() })).optional(),
});
const refused = (body: string) =>
  jsonBody(new Request("http://gateway", { method: "POST", body }), schema).then(
    () => undefined,
    (error: unknown) => {
      if (!(error instanceof ApiError)) throw error;
      const { status, message, param, code } = error;
      return { status, message, param, code };
    },
  );

test.each([
  ['{"id": "a", "score": 2}', "score", "is not right (found 2, expected a number of at most 1)"],
  ['{"id": "a", "score": "1"}', "score", 'is not right (found "1", expected a number)'],
  ['{"id": "a"}', "score", "is missing (expected a number)"],
  ['{"id": "", "score": 1}', "id", 'is not right (found "", expected text that is not empty)'],
  ['{"id": "a", "scor": 1}', "scor", 'is not an option; did you mean "score"?'],
  [
    '{"id": "a", "score": 1, "answers": [{"item": 3}]}',
    "answers[0].item",
    "is not right (found 3, expected text)",
  ],
])("the body %s is refused by field, what was found and what was expected", async (body, field, words) => {
  expect(await refused(body)).toEqual({
    status: 400,
    message: `body, field "${field}": ${words}`,
    param: field,
    code: "invalid_field",
  });
});

test("a body that is no object is refused as a whole", async () => {
  expect(await refused("[1]")).toMatchObject({
    message: "body: is not right (found [1], expected named options)",
    param: null,
  });
  expect(await refused("{")).toMatchObject({ code: "invalid_json" });
});
