import { InputError, show } from "../input-error.ts";
import { countOf, type DType, decodeArray, dtypeOfCode, itemSize, type NdArray } from "./ndarray.ts";
import { latin1 } from "./pickle-bytes.ts";

/** A class or function of Python that the reader knows; each is re-enacted here, none is ever looked up or run. */
class Global {
  readonly kind: (typeof known)[keyof typeof known];
  constructor(kind: (typeof known)[keyof typeof known]) {
    this.kind = kind;
  }
}

/** An array of strings or of Python objects. */
export interface ObjectArray {
  readonly shape: readonly number[];
  readonly values: readonly unknown[];
}

/** How much may still be copied out of the file. */
export interface Budget {
  bytes: number;
  readonly source: string;
}

const known = {
  "numpy.core.multiarray._reconstruct": "reconstruct",
  "numpy._core.multiarray._reconstruct": "reconstruct",
  "numpy.core.multiarray.scalar": "scalar",
  "numpy._core.multiarray.scalar": "scalar",
  "numpy.core.numeric._frombuffer": "frombuffer",
  "numpy._core.numeric._frombuffer": "frombuffer",
  "numpy.ndarray": "ndarray",
  "numpy.dtype": "dtype",
  "_codecs.encode": "encode",
  "collections.OrderedDict": "dict",
  "collections.defaultdict": "defaultdict",
  "builtins.dict": "dict",
  "builtins.list": "list",
  "builtins.tuple": "list",
  "builtins.set": "set",
  "builtins.frozenset": "set",
  "builtins.bytes": "bytes",
  "builtins.bytearray": "bytes",
  "builtins.int": "int",
  "builtins.float": "float",
} as const;

/** The known global of that name. @throws InputError for every other, with what to do instead */
export function globalNamed(module: string, name: string, source: string): Global {
  const full = `${module.replace(/^__builtin__$/, "builtins")}.${name}`;
  if (Object.hasOwn(known, full)) return new Global(known[full as keyof typeof known]);
  const library = /^(pandas|torch|scipy|sklearn)\b/.exec(module)?.[1];
  throw new InputError("the pickle holds more than plain data, and is refused unread", {
    source,
    found: `${module}.${name}`,
    expected: "dicts, lists, strings, numbers and NumPy arrays only",
    hint:
      library === "pandas"
        ? "Save the table another way in Python: df.to_csv(path) or df.to_parquet(path)."
        : library
          ? `Turn ${library}'s objects into NumPy arrays before pickling, or use numpy.save.`
          : "A pickle can run any program when Python loads it: open this one only if you trust where it came from.",
  });
}

/** NumPy's dtype object, filled by `setState` with its byte order. */
class TypeDescription {
  readonly code: string;
  bigEndian = false;
  constructor(code: string) {
    this.code = code;
  }
}

/** An array as the reader builds it up; NdArray and ObjectArray to the outside. */
interface ArrayShell {
  shape: readonly number[];
  dtype?: DType;
  data?: NdArray["data"];
  values?: readonly unknown[];
}
const shells = new WeakSet<object>();

/** Whether a value is an array that never got its data. */
export const isArrayShell = (value: unknown): boolean =>
  typeof value === "object" && value !== null && shells.has(value);

const isTuple = (value: unknown): value is unknown[] => Array.isArray(value);

function mismatch(budget: Budget, what: string): InputError {
  return new InputError("the pickle is damaged", { source: budget.source, found: what });
}

/** What calling the global with these arguments gives. */
export function call(callee: unknown, args: unknown[], budget: Budget): unknown {
  if (!(callee instanceof Global)) throw mismatch(budget, `a call of ${kindOf(callee)}`);
  const target = callee.kind;
  const wrong = () =>
    mismatch(budget, `arguments that ${target} does not take: ${args.map(kindOf).join(", ")}`);
  switch (target) {
    case "reconstruct": {
      if (!(args[0] instanceof Global) || args[0].kind !== "ndarray") throw wrong();
      const shell: ArrayShell = { shape: [0] };
      shells.add(shell);
      return shell;
    }
    case "dtype":
      if (typeof args[0] !== "string") throw wrong();
      return new TypeDescription(args[0].replace(/^[<>|=]/, ""));
    case "scalar": {
      const [type, data] = args;
      if (!(type instanceof TypeDescription) || !(data instanceof Uint8Array)) throw wrong();
      const { data: numbers, values, dtype } = arrayOf(type, data, [1], false, budget);
      const value = (numbers ?? values ?? [])[0];
      return dtype === "bool" ? value === 1 : typeof value === "bigint" ? Number(value) : value;
    }
    case "frombuffer": {
      const [data, type, shape, order] = args;
      if (!(data instanceof Uint8Array) || !(type instanceof TypeDescription) || !isShape(shape))
        throw wrong();
      return arrayOf(type, data, shape, order === "F", budget);
    }
    case "encode": {
      const [text, encoding] = args;
      if (typeof text !== "string" || (encoding !== "latin1" && encoding !== "latin-1")) throw wrong();
      spend(budget, text.length);
      return Uint8Array.from(text, (char) => char.charCodeAt(0));
    }
    case "dict":
    case "defaultdict": {
      const entries = target === "dict" ? (args[0] ?? []) : [];
      if (!isTuple(entries)) throw wrong();
      spend(budget, entries.length * 16);
      return new Map(
        entries.map((pair) => {
          if (!isTuple(pair) || pair.length !== 2) throw wrong();
          return [pair[0], pair[1]];
        }),
      );
    }
    case "list":
    case "set": {
      const values = args[0] ?? [];
      if (!isTuple(values)) throw wrong();
      spend(budget, values.length * 8);
      return target === "set" ? new Set(values) : [...values];
    }
    case "bytes":
      if (args.length > 0 && !(args[0] instanceof Uint8Array)) throw wrong();
      return args[0] ?? new Uint8Array(0);
    default:
      throw wrong();
  }
}

/** `cls.__new__(cls, *args)`, which Python 2's protocol uses for a few containers. */
export function newObject(callee: unknown, args: unknown[], budget: Budget): unknown {
  if (callee instanceof Global && ["dict", "defaultdict", "list", "set"].includes(callee.kind))
    return call(callee, args, budget);
  throw mismatch(budget, `a new ${kindOf(callee)}`);
}

/** `object.__setstate__(state)`: the byte order of a type, the data of an array. */
export function setState(object: unknown, state: unknown, budget: Budget): void {
  if (object instanceof TypeDescription && isTuple(state)) {
    object.bigEndian = state[1] === ">";
    return;
  }
  if (isArrayShell(object) && isTuple(state)) {
    const [, shape, type, fortranOrder, data] = state;
    if (!isShape(shape) || !(type instanceof TypeDescription))
      throw mismatch(budget, "an array without its type");
    Object.assign(object as ArrayShell, arrayOf(type, data, shape, fortranOrder === true, budget));
    shells.delete(object as object);
    return;
  }
  throw mismatch(budget, `a state for ${kindOf(object)}`);
}

function arrayOf(
  type: TypeDescription,
  data: unknown,
  shape: readonly number[],
  fortranOrder: boolean,
  budget: Budget,
): ArrayShell {
  const { source } = budget;
  const count = countOf(shape, source);
  const dtype = dtypeOfCode(type.code);
  if (dtype) {
    const bytes = typeof data === "string" ? Uint8Array.from(data, (char) => char.charCodeAt(0)) : data;
    if (!(bytes instanceof Uint8Array)) throw mismatch(budget, "an array without its bytes");
    if (bytes.length === count * itemSize(dtype)) spend(budget, bytes.length);
    return decodeArray(bytes, dtype, shape, { source, bigEndian: type.bigEndian, fortranOrder });
  }
  if (type.code.startsWith("O")) {
    if (!isTuple(data) || data.length !== count)
      throw mismatch(budget, "an array of objects of another length");
    if (fortranOrder && shape.length > 1) throw mismatch(budget, "an array of objects in Fortran order");
    return { shape: [...shape], values: data };
  }
  const text = /^([US])(\d+)$/.exec(type.code);
  if (!text || (fortranOrder && shape.length > 1) || !(data instanceof Uint8Array))
    throw new InputError("the array's type cannot be used", {
      source,
      found: `NumPy type ${show(type.code)}`,
      expected: "floats, integers, booleans or strings",
    });
  const width = Number(text[2]) * (text[1] === "U" ? 4 : 1);
  if (data.length !== count * width) throw mismatch(budget, "an array of strings of another length");
  // An empty string takes no bytes in the file, so many of them must be paid for.
  spend(budget, data.length + count * 16);
  const values = Array.from({ length: count }, (_, i) => {
    const bytes = data.subarray(i * width, (i + 1) * width);
    const string = text[1] === "S" ? latin1(bytes) : utf32(bytes, type.bigEndian, source);
    return string.replace(/\0+$/, "");
  });
  return { shape: [...shape], values };
}

function utf32(bytes: Uint8Array, bigEndian: boolean, source: string): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let text = "";
  for (let at = 0; at < bytes.length; at += 4) {
    const code = view.getUint32(at, !bigEndian);
    if (code > 0x10ffff) throw mismatch({ bytes: 0, source }, `character code ${code}`);
    text += String.fromCodePoint(code);
  }
  return text;
}

const isShape = (value: unknown): value is number[] =>
  isTuple(value) && value.length <= 64 && value.every((n) => typeof n === "number");

function spend(budget: Budget, bytes: number): void {
  budget.bytes -= bytes;
  if (budget.bytes < 0)
    throw new InputError("the pickle asks for far more memory than its size warrants, and is refused", {
      source: budget.source,
    });
}

const kindOf = (value: unknown): string =>
  value === null
    ? "None"
    : Array.isArray(value)
      ? "a list"
      : typeof value === "object"
        ? value.constructor.name
        : `${typeof value} ${show(typeof value === "bigint" ? String(value) : value)}`;
