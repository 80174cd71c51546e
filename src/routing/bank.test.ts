import { expect, test } from "vitest";
import { simulatedQuestions } from "../../test/simulated-questions.ts";
import { decodeBank, encodeBank } from "../bank/index.ts";
import { selectItems, selectSubjects } from "../responses/index.ts";
import { addModel, trainWithBank } from "./index.ts";

const { matrix } = simulatedQuestions(500, 1);
const { router, bank } = trainWithBank(selectSubjects(matrix, [0, 2]), { trees: 20, tripos: "1.2.3" });

test("a router comes with the item bank behind its IRT core, which is read as any other", async () => {
  if (!bank || !router.core) throw new Error("no bank");
  const { bank: again } = await decodeBank(await encodeBank(bank), "bank");
  expect(again.subjects).toEqual(router.models);
  expect(again.items).toHaveLength(500);
  expect(again.abilities.ability).toEqual(router.core.ability);
  expect(again.provenance[0].tripos).toBe("1.2.3");
});

test("a newcomer's answers meet those of the known models in the bank, by the questions' texts", () => {
  const anchors = selectItems(
    matrix,
    Uint32Array.from({ length: 100 }, (_, i) => 3 * i),
  );
  const alone = selectSubjects(anchors, [1]);
  const [together, remembered] = [
    addModel(router, anchors, "mathematician"),
    addModel(router, alone, "mathematician", bank),
  ];
  expect(remembered.newcomers).toEqual(together.newcomers);
  expect(addModel(router, alone, "mathematician").newcomers).not.toEqual(together.newcomers);
});
