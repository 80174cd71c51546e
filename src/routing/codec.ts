import { type NdArray, parseJson, readSafetensors, writeSafetensors } from "../formats/index.ts";
import { InputError, show } from "../input-error.ts";
import type { Router } from "./router.ts";

const format = "tripos-router";
/** 3: what the quality policy starts from is called `baseline`. */
const version = 3;

/** Names of the files that make up a router. */
export const routerFiles = ["router.json", "router.safetensors"] as const;

/**
 * The files of a router, by name: `router.json` (all that is not large, where `{"tensor": NAME}` stands for an array)
 * and `router.safetensors` (the arrays). The same router gives the same bytes.
 */
export function encodeRouter(router: Router): Map<string, Uint8Array> {
  const tensors: Record<string, NdArray> = {};
  const json = JSON.stringify(
    { format, ...withoutArrays(router as unknown as Plain, "", tensors) },
    (_, value) => (value === Number.POSITIVE_INFINITY ? "Infinity" : value),
    1,
  );
  return new Map([
    ["router.json", new TextEncoder().encode(`${json}\n`)],
    ["router.safetensors", writeSafetensors(tensors, { format })],
  ]);
}

/**
 * Reads a router from its files; `loadRouter` of tripos/node fetches them.
 * @param source name of the folder, for messages
 * @throws InputError for files that are missing or broken, or a newer version
 */
export function decodeRouter(files: ReadonlyMap<string, Uint8Array>, source: string): Router {
  const [json, arrays] = routerFiles.map((name) => files.get(name));
  if (!json || !arrays)
    throw new InputError("this is not a router", {
      source,
      found: [...files.keys()].slice(0, 5).join(", ") || "an empty folder",
      expected: `a folder with ${routerFiles.join(" and ")}`,
      hint: "Make one with: tripos train FILE… --out ROUTER",
    });
  const description = parseJson(new TextDecoder().decode(json), `${source}/router.json`) as Plain;
  if (description?.format !== format)
    throw new InputError("this is not a router", {
      source: `${source}/router.json`,
      field: "format",
      found: show(description?.format),
      expected: show(format),
    });
  if (description.version !== version)
    throw new InputError("this router was made by another version of Tripos", {
      source: `${source}/router.json`,
      field: "version",
      found: show(description.version),
      expected: show(version),
      hint: "Install the newer Tripos, or train the router again with this one.",
    });
  refuseOtherFeatures(description.features, source);
  const { tensors } = readSafetensors(arrays, `${source}/router.safetensors`);
  const { format: _, ...router } = withArrays(description, tensors, source) as Plain;
  return router as unknown as Router;
}

/** Features that this version reads questions by. */
const knownFeatures = ["lexical", "embeddings", "styleMean", "styleScale"];

/** @throws InputError for a router whose features come from an embedder that is not here */
function refuseOtherFeatures(features: unknown, source: string): void {
  const other = Object.keys((features ?? {}) as Plain).filter((name) => !knownFeatures.includes(name));
  if (other.length === 0) return;
  throw new InputError("this router reads questions by features that are not here", {
    source: `${source}/router.json`,
    field: "features",
    found: other.join(", "),
    expected: knownFeatures.join(", "),
    hint: "Install the Tripos that it was made with, or train the router again with this one.",
  });
}

type Plain = { [key: string]: unknown };

const types: Record<string, NdArray["dtype"]> = {
  Float64Array: "float64",
  Float32Array: "float32",
  Int32Array: "int32",
  Int16Array: "int16",
  Int8Array: "int8",
  Uint8Array: "uint8",
};

function withoutArrays(value: Plain, path: string, tensors: Record<string, NdArray>): Plain {
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [
      key,
      plainOf(entry, path ? `${path}.${key}` : key, tensors),
    ]),
  );
}

function plainOf(value: unknown, path: string, tensors: Record<string, NdArray>): unknown {
  if (ArrayBuffer.isView(value)) {
    const data = value as Float64Array;
    tensors[path] = { dtype: types[value.constructor.name], shape: [data.length], data };
    return { tensor: path };
  }
  if (Array.isArray(value)) return value.map((entry, i) => plainOf(entry, `${path}.${i}`, tensors));
  if (typeof value === "object" && value !== null) return withoutArrays(value as Plain, path, tensors);
  return value;
}

function withArrays(value: unknown, tensors: ReadonlyMap<string, NdArray>, source: string): unknown {
  if (value === "Infinity") return Number.POSITIVE_INFINITY;
  if (Array.isArray(value)) return value.map((entry) => withArrays(entry, tensors, source));
  if (typeof value !== "object" || value === null) return value;
  if ("tensor" in value && typeof value.tensor === "string") {
    const tensor = tensors.get(value.tensor);
    if (!tensor)
      throw new InputError("an array of the router is missing", {
        source: `${source}/router.safetensors`,
        field: value.tensor,
        hint: "Copy the whole folder, or train the router again.",
      });
    return tensor.data;
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [key, withArrays(entry, tensors, source)]),
  );
}
