import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { shared } from "../../test/shared.ts";
import { readNpy } from "../formats/index.ts";
import { InputError } from "../input-error.ts";
import { minilmEmbedder } from "./minilm.ts";

const installed = existsSync(
  fileURLToPath(new URL("../../node_modules/@huggingface/transformers", import.meta.url)),
);

test.skipIf(installed)("without the package, the message says how to install it", async () => {
  await expect(minilmEmbedder()).rejects.toThrow(/npm install @huggingface\/transformers/);
  await expect(minilmEmbedder()).rejects.toBeInstanceOf(InputError);
});

test.skipIf(!installed || !existsSync(shared("models")))(
  "the int8 model agrees with the float one; a folder without it is named",
  async () => {
    const { embed } = await minilmEmbedder({ models: shared("models") });
    const file = JSON.parse(readFileSync(shared("data/routerdc/mmlu_train.json"), "utf8"));
    const texts = (file as { question: string }[]).slice(0, 20).map(({ question }) => question);
    const { values, dims } = await embed(texts);
    const path = shared("reference/mmlu/minilm_embeddings.npy");
    const reference = readNpy(readFileSync(path), path).data as Float32Array;
    let cosine = 0;
    for (let i = 0; i < values.length; i++) cosine += (values[i] * reference[i]) / texts.length;
    expect(dims).toBe(384);
    expect(cosine).toBeGreaterThan(0.98);
    await expect(minilmEmbedder({ models: shared("data") })).rejects.toThrow(/all-MiniLM-L6-v2-int8/);
  },
);
