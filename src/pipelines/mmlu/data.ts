import { InputError } from "../../input-error.ts";
import { type Features, type MmluPack, rowCount, selectRows } from "../../questions/index.ts";
import {
  type ResponseMatrix,
  type RouterDCEntry,
  readRouterDC,
  requireSameSubjects,
  selectItems,
} from "../../responses/index.ts";

/** The two splits of RouterDC's MMLU, from its files or from the embedded pack. */
export interface MmluData {
  readonly train: MmluSplit;
  readonly test: MmluSplit;
  readonly features: { readonly train: Features; readonly test: Features };
  /** Questions that stand in a file more than once; they are kept. */
  readonly duplicates: number;
  readonly warnings: readonly string[];
}

export interface MmluSplit {
  readonly matrix: ResponseMatrix;
  /** The file's entries with their texts; the embedded pack has none. */
  readonly entries?: readonly RouterDCEntry[];
}

/** RouterDC's two files without the features of their questions. */
export type MmluResponses = Omit<MmluData, "features">;

/** The responses, and features instead of texts, of the embedded pack. */
export function mmluFromPack({ responses, training, features }: MmluPack): MmluData {
  const rows = (from: number, to: number) => Uint32Array.from({ length: to - from }, (_, i) => from + i);
  const [first, second] = [rows(0, training), rows(training, responses.items.length)];
  return {
    train: { matrix: selectItems(responses, first) },
    test: { matrix: selectItems(responses, second) },
    features: { train: selectRows(features, first), test: selectRows(features, second) },
    duplicates: 0,
    warnings: [],
  };
}

/** A file of RouterDC and its name for messages. */
export interface NamedText {
  readonly name: string;
  readonly text: string;
}

/**
 * Reads RouterDC's two files.
 * @throws InputError where one of them is not as it should be, or they are not about the same models.
 */
export function mmluFromFiles(trainFile: NamedText, testFile: NamedText): MmluResponses {
  const train = readRouterDC(trainFile.text, trainFile.name);
  const test = readRouterDC(testFile.text, testFile.name, train.entries.length);
  requireSameSubjects(
    { subjects: train.matrix.subjects, source: trainFile.name },
    { subjects: test.matrix.subjects, source: testFile.name },
  );
  return {
    train,
    test,
    duplicates: train.duplicates + test.duplicates,
    warnings: [...train.warnings, ...test.warnings],
  };
}

/** Joins features (training questions first, then test questions) to the responses; each question has one row. */
export function withFeatures(responses: MmluResponses, features: Features): MmluData {
  const [train, test] = [responses.train.matrix.items.length, responses.test.matrix.items.length];
  if (rowCount(features) !== train + test)
    throw new InputError("the features are not one row for each question", {
      source: features.source.name,
      found: `${rowCount(features)} rows`,
      expected: `${train + test}: ${train} training questions, then ${test} test questions`,
    });
  const { dims, values } = features;
  return {
    ...responses,
    features: {
      train: { ...features, values: values.subarray(0, train * dims) },
      test: { ...features, values: values.subarray(train * dims) },
    },
  };
}
