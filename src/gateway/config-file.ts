import { dirname, isAbsolute, join } from "node:path";
import { isMap, isPair, isScalar, LineCounter, type Node, parseDocument } from "yaml";
import { readTextFile } from "../files/index.ts";
import { InputError } from "../input-error.ts";
import { type GatewayConfig, parseConfig } from "./config.ts";
import { fieldName, type PlaceOf } from "./config-mistakes.ts";

/**
 * Reads a configuration of YAML or JSON text.
 *
 * @throws InputError naming the line and the field of the first mistake
 */
export function parseConfigText(text: string, source: string): GatewayConfig {
  return readText(text, source).config;
}

/**
 * Reads a configuration file. Its paths are those from its own folder (but for `store.folder`, made where the gateway is
 * started, and a grader's program), and the keys that it wants from the environment have to be there.
 *
 * @throws InputError
 */
export function readConfig(path: string, environment: NodeJS.ProcessEnv = process.env): GatewayConfig {
  const text = readTextFile(path, "`tripos init` writes a configuration to start from.");
  const { config, place } = readText(text, path);
  const asked = [
    ...config.upstreams.map(({ name, kind, keyFrom }, i) => ({
      whose: `upstream ${name}`,
      keyFrom: kind === "demonstration" ? undefined : keyFrom,
      at: ["upstreams", i],
    })),
    ...config.embedders.map((each, i) => ({
      whose: `embedder ${each.kind === "openai" ? each.embeddingModel : each.kind}`,
      keyFrom: each.kind === "openai" ? each.keyFrom : undefined,
      at: ["embedders", i],
    })),
  ];
  for (const { whose, keyFrom, at } of asked) {
    if (keyFrom?.file || !keyFrom?.env || environment[keyFrom.env]) continue;
    const keys = [...at, "keyFrom", "env"];
    throw new InputError(`the key of the ${whose} is missing`, {
      source: path,
      at: place(keys),
      field: fieldName(keys),
      found: "no such variable",
      expected: `the environment variable ${keyFrom.env}`,
    });
  }
  return fromFolder(config, dirname(path));
}

/** The configuration with its relative paths taken from a folder. */
function fromFolder(config: GatewayConfig, folder: string): GatewayConfig {
  const from = (path: string) => (isAbsolute(path) ? path : join(folder, path));
  const withKeyFrom = <T extends { readonly keyFrom?: { readonly file?: string | undefined } | undefined }>(
    each: T,
  ): T =>
    each.keyFrom?.file ? { ...each, keyFrom: { ...each.keyFrom, file: from(each.keyFrom.file) } } : each;
  return {
    ...config,
    ...(config.router !== undefined && {
      router: config.router === "mmlu" ? config.router : from(config.router),
    }),
    upstreams: config.upstreams.map((each) => withKeyFrom(each)),
    embedders: config.embedders.map((each) => {
      if (each.kind === "openai") return withKeyFrom(each);
      return each.models === undefined ? each : { ...each, models: from(each.models) };
    }),
    exams: config.exams.map(({ exam, bank, questions, ...rest }) => ({
      ...rest,
      exam: from(exam),
      bank: from(bank),
      ...(questions !== undefined && { questions: from(questions) }),
    })),
  };
}

function readText(text: string, source: string): { readonly config: GatewayConfig; readonly place: PlaceOf } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const placeAt = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `line ${line}, column ${col}`;
  };
  const [mistake] = document.errors;
  if (mistake)
    throw new InputError(mistake.message, {
      source,
      at: placeAt(mistake.pos[0]),
      expected: "valid YAML or JSON",
    });
  const place: PlaceOf = (keys, ofKey) => placeAt(nodeAt(document.contents, keys, ofKey)?.range?.[0] ?? 0);
  return { config: parseConfig(document.toJS(), source, place), place };
}

/** The node that a path leads to, or the nearest one above it that exists; of the last key itself, or of its value. */
function nodeAt(root: unknown, keys: readonly PropertyKey[], ofKey = false): Node | undefined {
  let node = root as Node | undefined;
  for (const [i, key] of keys.entries()) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === key);
      if (!pair) return node;
      node = (ofKey && i === keys.length - 1 ? pair.key : (pair.value ?? pair.key)) as Node;
    } else {
      const next = (node as { items?: Node[] } | undefined)?.items?.[Number(key)];
      if (!next) return node;
      node = next;
    }
  }
  return node;
}
