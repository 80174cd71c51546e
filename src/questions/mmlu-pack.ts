import { InputError } from "../input-error.ts";
import type { ResponseMatrix } from "../responses/index.ts";
import type { Features } from "./features.ts";
import { fitLexical, int8Features, type LexicalModel, lexicalFeatures, lexicalSource } from "./lexical.ts";

/**
 * RouterDC's MMLU responses in under 1 MB: who was right on which question, the questions' lexical features, and the
 * lexical model itself, so that a new question can be compared with them. No question text is in it.
 *
 * Layout, little-endian: the magic's 8 bytes; uint32 version; uint32 length of the header; the header as JSON,
 * padded with spaces so that what follows is aligned to 4 bytes; float32 scales (dims); int8 projection
 * (2^bits × dims); int8 features (items × dims, 127 = 1); responses as bits, subject by subject, item i of subject s
 * at bit s × items + i, lowest bit of a byte first.
 */
export interface MmluPack {
  /** All items, the training ones first; ids "0", "1", …; scores 0 or 1, all observed. */
  readonly responses: ResponseMatrix;
  /** Number of training items. */
  readonly training: number;
  /** One row an item. */
  readonly features: Features;
  /** Makes the features of new questions. */
  readonly lexical: LexicalModel;
}

/** A file of RouterDC: questions and each model's score; a non-zero score is right. */
export type ScoredQuestions = readonly {
  readonly question: string;
  readonly scores: Readonly<Record<string, number>>;
}[];

interface Header {
  readonly subjects: readonly string[];
  readonly items: number;
  readonly training: number;
  readonly bits: number;
  readonly dims: number;
}

const magic = "TRIPMMLU";
const version = 1;
/** A feature of 1 as int8. */
const one = 127;

/** Builds the pack from RouterDC's two files; the same bytes for the same files, everywhere. */
export function writeMmluPack(train: ScoredQuestions, test: ScoredQuestions): Uint8Array {
  const all = [...train, ...test];
  const subjects = Object.keys(train[0].scores);
  const lexical = fitLexical(train.map(({ question }) => question));
  const { bits, dims, scales, projection } = lexical;
  const features = lexicalFeatures(lexical)(all.map(({ question }) => question));
  const responses = new Uint8Array(Math.ceil((subjects.length * all.length) / 8));
  subjects.forEach((subject, s) => {
    all.forEach(({ scores }, i) => {
      const bit = s * all.length + i;
      if (scores[subject] > 0) responses[bit >> 3] |= 1 << (bit & 7);
    });
  });
  const header: Header = { subjects, items: all.length, training: train.length, bits, dims };
  const json = new TextEncoder().encode(JSON.stringify(header));
  const length = (json.length + 3) & ~3;
  const pieces = [
    new TextEncoder().encode(magic),
    littleEndian([version, length]),
    json,
    new Uint8Array(length - json.length).fill(0x20),
    littleEndian(new Uint32Array(scales.buffer, scales.byteOffset, dims)),
    new Uint8Array(projection.buffer, projection.byteOffset, projection.byteLength),
    new Uint8Array(int8Features(features.values).buffer),
    responses,
  ];
  const out = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    out.set(piece, at);
    at += piece.length;
  }
  return out;
}

/**
 * Reads a pack from its bytes, in any runtime.
 * @throws InputError if it is not a pack, of another version, or not whole
 */
export function readMmluPack(bytes: Uint8Array, source = "MMLU pack"): MmluPack {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 16 || new TextDecoder("latin1").decode(bytes.subarray(0, 8)) !== magic)
    throw new InputError("this is not a Tripos MMLU pack", { source });
  if (view.getUint32(8, true) !== version)
    throw new InputError("this version of the pack is not known here", {
      source,
      found: `version ${view.getUint32(8, true)}`,
      expected: `version ${version}`,
      hint: "Use the pack that came with this version of Tripos, or make one with scripts/make-mmlu-pack.js.",
    });
  let at = 16 + view.getUint32(12, true);
  const { subjects, items, training, bits, dims } = readHeader(bytes.subarray(16, at), source);
  const whole = at + 4 * dims + (dims << bits) + items * dims + Math.ceil((subjects.length * items) / 8);
  if (bytes.length !== whole)
    throw new InputError("the pack is not whole", {
      source,
      found: `${bytes.length} bytes`,
      expected: `${whole} bytes`,
    });
  const scales = Float32Array.from({ length: dims }, (_, d) => view.getFloat32(at + 4 * d, true));
  at += 4 * dims;
  const int8 = (length: number) => {
    const part = new Int8Array(length);
    new Uint8Array(part.buffer).set(bytes.subarray(at, at + length));
    at += length;
    return part;
  };
  const lexical: LexicalModel = { bits, dims, projection: int8(dims << bits), scales };
  const values = Float32Array.from(int8(items * dims), (value) => value / one);
  const size = subjects.length * items;
  const scores = Float64Array.from({ length: size }, (_, bit) => (bytes[at + (bit >> 3)] >> (bit & 7)) & 1);
  const responses: ResponseMatrix = {
    subjects,
    items: Array.from({ length: items }, (_, i) => String(i)),
    scores,
    observed: new Uint8Array(size).fill(1),
    scenarios: new Array<string>(items).fill("mmlu"),
  };
  return { responses, training, features: { source: lexicalSource(lexical), dims, values }, lexical };
}

function readHeader(bytes: Uint8Array, source: string): Header {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as Header;
  } catch {
    throw new InputError("the pack's header cannot be read", { source });
  }
}

function littleEndian(words: ArrayLike<number>): Uint8Array {
  const out = new Uint8Array(4 * words.length);
  const view = new DataView(out.buffer);
  for (let i = 0; i < words.length; i++) view.setUint32(4 * i, words[i], true);
  return out;
}
