import { InputError, show } from "../input-error.ts";
import { isListOfObjects, type JsonFormat, type JsonObject, textId, textOrNone } from "./format.ts";

/**
 * AlpacaEval's `annotations.json` (https://github.com/tatsu-lab/alpaca_eval): the preference of an annotator between
 * a baseline (`generator_1`) and a model (`generator_2`), from 1 (the baseline is better) to 2 (the model is). The
 * score is preference − 1, and a tie, written 1.5 or 0, is ½.
 */
export const alpacaEval: JsonFormat = {
  name: "alpaca-eval",
  title: "AlpacaEval annotations",
  matches: (value) =>
    isListOfObjects(value) &&
    value.length > 0 &&
    "instruction" in value[0] &&
    "preference" in value[0] &&
    "generator_2" in value[0],
  read(value, _text, { source, table }) {
    for (const [i, entry] of (value as JsonObject[]).entries()) {
      const wrong = (field: string, expected: string) =>
        new InputError("the annotation cannot be used", {
          source: source.name,
          at: `entry ${i}`,
          field,
          found: show(entry[field]),
          expected,
        });
      const text = textOrNone(entry.instruction);
      const model = textOrNone(entry.generator_2);
      if (text === undefined) throw wrong("instruction", "a text");
      if (model === undefined) throw wrong("generator_2", "the model's name");
      const preference = entry.preference ?? Number.NaN;
      if (
        typeof preference !== "number" ||
        preference > 2 ||
        preference < 0 ||
        (preference > 0 && preference < 1)
      )
        throw wrong("preference", "a number from 1 to 2, 0 for a tie, or null");
      table.addNamed(model, `alpaca_eval/${textId(text)}`, preference === 0 ? 0.5 : preference - 1, {
        text,
        scenario: "alpaca_eval",
        subscenario: textOrNone(entry.dataset),
      });
    }
  },
};
