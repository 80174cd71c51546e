import { parseJson } from "../formats/index.ts";
import { InputError, show } from "../input-error.ts";
import type { ItemParameters } from "./parameters.ts";

/**
 * How a `best_parameters.json` means its difficulties. `repeated` is the py-irt that tinyBenchmarks uses, one
 * difficulty subtracted in every dimension: logit = Σ_d (disc_d·θ_d − diff) = disc·θ − D·diff. `located` is py-irt's
 * release: logit = Σ_d disc_d·(θ_d − diff_d).
 */
export type PyIrtLink = "repeated" | "located";

/** The content of py-irt's `best_parameters.json`, as plain numbers. */
export interface PyIrtParameters {
  readonly irtModel: string;
  readonly link: PyIrtLink;
  readonly dims: number;
  readonly subjects: readonly string[];
  readonly items: readonly string[];
  /** S × D. */
  readonly ability: Float64Array;
  /** I difficulties, or I × D in `located` form. */
  readonly diff: Float64Array;
  /** I × D; all 1 where the model has none (1PL). */
  readonly disc: Float64Array;
}

const multidimensional = "multidim_2pl";

const links: Record<PyIrtLink, string> = {
  repeated: "logit = sum_d(disc_d * theta_d - diff)",
  located: "logit = sum_d(disc_d * (theta_d - diff_d))",
};

/**
 * Reads py-irt's `best_parameters.json` (1PL, 2PL and multidimensional 2PL, of its releases and of tinyBenchmarks).
 * @throws InputError where shapes disagree, a number is missing, or the model has asymptotes (3PL, 4PL)
 */
export function readPyIrtParameters(text: string, source: string): PyIrtParameters {
  const content = parseJson(text, source) as Record<string, unknown> | null;
  const wrong = (field: string, found: string, expected: string) =>
    new InputError("these are not py-irt's parameters", {
      source,
      field,
      found,
      expected,
      hint: "Give the best_parameters.json that py-irt wrote, whole.",
    });
  if (typeof content !== "object" || content === null || !("ability" in content) || !("diff" in content))
    throw wrong("ability", show(content), "{ability, diff, disc, item_ids, subject_ids, irt_model}");
  const irtModel = String(content.irt_model ?? "2pl");
  if ("lambdas" in content)
    throw wrong("irt_model", irtModel, "1pl, 2pl or multidim_2pl (without guessing or lapse parameters)");

  const table = (field: string): Table => {
    const rows = content[field];
    if (!Array.isArray(rows) || rows.length === 0) throw wrong(field, show(rows), "a list of numbers");
    const width = Array.isArray(rows[0]) ? rows[0].length : 1;
    const values = new Float64Array(rows.length * width);
    for (const [r, row] of rows.entries()) {
      const cells: unknown[] = Array.isArray(row) ? row : [row];
      if (cells.length !== width)
        throw wrong(`${field}[${r}]`, `${cells.length} numbers`, `${width}, as in the first row`);
      for (const [c, cell] of cells.entries()) {
        if (typeof cell !== "number") throw wrong(`${field}[${r}][${c}]`, show(cell), "a number");
        values[r * width + c] = cell;
      }
    }
    return { rows: rows.length, width, values };
  };
  const ability = table("ability");
  const diff = table("diff");
  const disc = "disc" in content ? table("disc") : undefined;
  const dims = ability.width;
  if (disc && (disc.rows !== diff.rows || disc.width !== dims))
    throw wrong("disc", shapeOf(disc), `${diff.rows} × ${dims}, by ability and diff`);
  if (diff.width !== 1 && diff.width !== dims)
    throw wrong("diff", shapeOf(diff), `${diff.rows} × 1 or ${diff.rows} × ${dims}, by ability`);

  const names = (field: string, count: number, prefix: string): string[] => {
    const given = content[field];
    if (given === undefined) return Array.from({ length: count }, (_, i) => `${prefix}${i}`);
    const listed = Object.keys((given ?? {}) as object).length;
    if (typeof given !== "object" || given === null || listed !== count)
      throw wrong(field, `${listed} names`, `${count}, as many as there are parameters`);
    return Array.from({ length: count }, (_, i) => {
      const name = (given as Record<string, unknown>)[i];
      if (name === undefined) throw wrong(field, `no name for ${i}`, `names for 0 to ${count - 1}`);
      return String(name);
    });
  };
  return {
    irtModel,
    link: linkOf(content, diff.width, dims),
    dims,
    subjects: names("subject_ids", ability.rows, ""),
    items: names("item_ids", diff.rows, "q"),
    ability: ability.values,
    diff: diff.values,
    disc: disc?.values ?? new Float64Array(diff.rows * dims).fill(1),
  };
}

interface Table {
  readonly rows: number;
  readonly width: number;
  readonly values: Float64Array;
}
const shapeOf = ({ rows, width }: Table): string => `${rows} × ${width}`;

function linkOf(content: Record<string, unknown>, diffWidth: number, dims: number): PyIrtLink {
  if (content.link === links.repeated) return "repeated";
  if (content.link === links.located || (dims > 1 && diffWidth === dims)) return "located";
  // In one dimension both have the same shape; only tinyBenchmarks' version writes the posterior's scales.
  return dims > 1 || "scale_ability" in content ? "repeated" : "located";
}

/**
 * The JSON of a `best_parameters.json`, readable by tinyBenchmarks' scripts; the link is written down beside the
 * numbers.
 */
export function writePyIrtParameters(parameters: PyIrtParameters): string {
  const { irtModel, link, dims, subjects, items, ability, diff, disc } = parameters;
  // Models of one dimension have plain lists in py-irt.
  const flat = dims === 1 && irtModel !== multidimensional;
  const rows = (values: Float64Array, width: number) =>
    flat
      ? Array.from(values)
      : Array.from({ length: values.length / width }, (_, r) =>
          Array.from(values.subarray(r * width, (r + 1) * width)),
        );
  return JSON.stringify({
    ability: rows(ability, dims),
    diff: rows(diff, diff.length / items.length),
    disc: rows(disc, dims),
    irt_model: irtModel,
    link: links[link],
    item_ids: { ...items },
    subject_ids: { ...subjects },
  });
}

/** The item parameters under Tripos's link logit = a·θ + d. */
export function itemParametersOfPyIrt({ link, dims, diff, disc }: PyIrtParameters): ItemParameters {
  const count = disc.length / dims;
  const intercept = new Float64Array(count);
  const wide = diff.length > count;
  for (let i = 0; i < count; i++)
    for (let d = 0; d < dims; d++) {
      const b = wide ? diff[i * dims + d] : diff[i];
      intercept[i] -= link === "repeated" ? b : disc[i * dims + d] * b;
    }
  return { family: "2pl", dims, discrimination: disc, intercept };
}

/**
 * py-irt's form of two-parameter item parameters and abilities (S × D): its `2pl` in one dimension (diff = −d / a), else
 * `multidim_2pl` (`repeated`: diff = −d / D), which also holds an item with a discrimination of 0.
 */
export function pyIrtOfItemParameters(
  { dims, discrimination, intercept }: ItemParameters,
  names: { readonly items: readonly string[]; readonly subjects: readonly string[] },
  ability: Float64Array,
): PyIrtParameters {
  const difficulty = intercept.map((d, i) => (0 - d) / discrimination[i]);
  if (dims === 1 && difficulty.every(Number.isFinite))
    return {
      irtModel: "2pl",
      link: "located",
      dims,
      ...names,
      ability,
      diff: difficulty,
      disc: discrimination,
    };
  return {
    irtModel: multidimensional,
    link: "repeated",
    dims,
    ...names,
    ability,
    diff: intercept.map((d) => (0 - d) / dims),
    disc: discrimination,
  };
}
