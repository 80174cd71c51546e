import { InputError } from "../input-error.ts";
import { ByteReader } from "./pickle-bytes.ts";
import { call, globalNamed, isArrayShell, newObject, setState } from "./pickle-objects.ts";

const mark = Symbol("mark");

/**
 * Reads a Python pickle (protocols 0–5) as plain data, without ever executing anything: dict → Map, list and tuple
 * → array, set → Set, str → string, bytes → Uint8Array, int → number (bigint beyond 2⁵³), float → number, None → null,
 * NumPy arrays of numbers → NdArray, NumPy scalars → number, arrays of strings or objects → { shape, values }.
 * A dict, list or array that the pickle holds twice is the same object twice.
 * @throws InputError naming the offset, for any class or function beyond these, for persistent ids, and for bytes
 *   that are cut, contradictory or claim more memory than the file can fill
 */
export function readPickle(bytes: Uint8Array, source: string): unknown {
  const input = new ByteReader(bytes, source);
  try {
    return run(input);
  } catch (error) {
    if (error instanceof InputError) throw error;
    if (error instanceof RangeError || error instanceof SyntaxError || error instanceof TypeError)
      throw input.broken(error.message);
    throw error;
  }
}

function run(input: ByteReader): unknown {
  const { source } = input;
  const stack: unknown[] = [];
  const memo = new Map<number, unknown>();
  // Arrays may be filled again and again from one memoised buffer; what they copy is bounded by the file's size.
  const budget = { bytes: 1_000_000 + 16 * input.length, source };

  const pop = (): unknown => {
    if (stack.length === 0) throw input.broken("an operation finds nothing to work on");
    const value = stack.pop();
    if (value === mark) throw input.broken("an operation finds a mark instead of a value");
    return value;
  };
  const popMark = (): unknown[] => {
    const at = stack.lastIndexOf(mark);
    if (at < 0) throw input.broken("a mark is missing");
    const values = stack.slice(at + 1);
    stack.length = at;
    return values;
  };
  const top = (): unknown => {
    const value = pop();
    stack.push(value);
    return value;
  };
  const recall = (key: number): void => {
    if (!memo.has(key)) throw input.broken(`memo ${key} was never stored`);
    stack.push(memo.get(key));
  };
  const append = (values: unknown[]): void => {
    const list = top();
    if (!Array.isArray(list)) throw input.broken("items are added to something that is not a list");
    for (const value of values) list.push(value);
  };
  const setItems = (values: unknown[]): void => {
    const dict = top();
    if (!(dict instanceof Map) || values.length % 2 === 1)
      throw input.broken("entries are added to something that is not a dict");
    for (let i = 0; i < values.length; i += 2) dict.set(values[i], values[i + 1]);
  };
  const tuple = (length: number): void => {
    const values = Array.from({ length }, pop).reverse();
    stack.push(values);
  };
  const callTop = (make: (target: unknown, args: unknown[]) => unknown): void => {
    const args = pop();
    const target = pop();
    if (!Array.isArray(args)) throw input.broken("a call without its arguments");
    stack.push(make(target, args));
  };

  for (;;) {
    const opcode = input.char();
    switch (opcode) {
      case "\x80": {
        const protocol = input.uint8();
        if (protocol > 5)
          throw input.broken(`pickle protocol ${protocol} is newer than this reader knows (5)`);
        break;
      }
      case "\x95":
        input.frame();
        break;
      case ".": {
        const value = pop();
        if (isArrayShell(value)) throw input.broken("an array without its data");
        return value;
      }
      case "(":
        stack.push(mark);
        break;
      case "0":
        if (stack.pop() === undefined) throw input.broken("nothing to drop");
        break;
      case "1":
        popMark();
        break;
      case "2":
        stack.push(top());
        break;
      case "N":
        stack.push(null);
        break;
      case "\x88":
        stack.push(true);
        break;
      case "\x89":
        stack.push(false);
        break;
      case "I":
        stack.push(input.decimalOrBoolean());
        break;
      case "L":
        stack.push(input.decimal());
        break;
      case "J":
        stack.push(input.int32());
        break;
      case "K":
        stack.push(input.uint8());
        break;
      case "M":
        stack.push(input.uint16());
        break;
      case "\x8a":
        stack.push(input.long(input.uint8()));
        break;
      case "\x8b":
        stack.push(input.long(input.uint32()));
        break;
      case "F":
        stack.push(input.decimalFloat());
        break;
      case "G":
        stack.push(input.float64());
        break;
      case "S":
        stack.push(input.quoted());
        break;
      case "U":
        stack.push(input.text(input.uint8()));
        break;
      case "T":
        stack.push(input.text(input.uint32()));
        break;
      case "V":
        stack.push(input.rawUnicode());
        break;
      case "\x8c":
        stack.push(input.text(input.uint8()));
        break;
      case "X":
        stack.push(input.text(input.uint32()));
        break;
      case "\x8d":
        stack.push(input.text(input.uint64()));
        break;
      case "C":
        stack.push(input.take(input.uint8()));
        break;
      case "B":
        stack.push(input.take(input.uint32()));
        break;
      case "\x8e":
      case "\x96":
        stack.push(input.take(input.uint64()));
        break;
      case "]":
      case ")":
        stack.push([]);
        break;
      case "l":
      case "t":
        stack.push(popMark());
        break;
      case "\x85":
        tuple(1);
        break;
      case "\x86":
        tuple(2);
        break;
      case "\x87":
        tuple(3);
        break;
      case "a":
        append([pop()]);
        break;
      case "e":
        append(popMark());
        break;
      case "}":
        stack.push(new Map());
        break;
      case "d": {
        const values = popMark();
        stack.push(new Map());
        setItems(values);
        break;
      }
      case "s": {
        const value = pop();
        setItems([pop(), value]);
        break;
      }
      case "u":
        setItems(popMark());
        break;
      case "\x8f":
        stack.push(new Set());
        break;
      case "\x90": {
        const values = popMark();
        const set = top();
        if (!(set instanceof Set)) throw input.broken("items are added to something that is not a set");
        for (const value of values) set.add(value);
        break;
      }
      case "\x91":
        stack.push(new Set(popMark()));
        break;
      case "p":
        memo.set(input.memoKey(), top());
        break;
      case "q":
        memo.set(input.uint8(), top());
        break;
      case "r":
        memo.set(input.uint32(), top());
        break;
      case "\x94":
        memo.set(memo.size, top());
        break;
      case "g":
        recall(input.memoKey());
        break;
      case "h":
        recall(input.uint8());
        break;
      case "j":
        recall(input.uint32());
        break;
      case "c":
        stack.push(globalNamed(input.line(), input.line(), source));
        break;
      case "\x93": {
        const name = pop();
        stack.push(globalNamed(String(pop()), String(name), source));
        break;
      }
      case "R":
        callTop((target, args) => call(target, args, budget));
        break;
      case "\x81":
        callTop((target, args) => newObject(target, args, budget));
        break;
      case "b": {
        const state = pop();
        setState(top(), state, budget);
        break;
      }
      default:
        throw refusal(opcode, input);
    }
  }
}

/** Operations that exist in Python but can only bring in classes, or data from outside the file. */
function refusal(opcode: string, input: ByteReader): InputError {
  const refused: Record<string, string> = {
    P: "a reference to an object outside of the file (persistent id)",
    Q: "a reference to an object outside of the file (persistent id)",
    i: "an instance of a class",
    o: "an instance of a class",
    "\x82": "a class from Python's extension registry",
    "\x83": "a class from Python's extension registry",
    "\x84": "a class from Python's extension registry",
    "\x92": "an instance of a class with keyword arguments",
    "\x97": "data that stand outside of the file (out-of-band buffer)",
    "\x98": "data that stand outside of the file (out-of-band buffer)",
  };
  if (Object.hasOwn(refused, opcode))
    return new InputError("the pickle holds what is not plain data, and is refused unread", {
      source: input.source,
      at: input.place(),
      found: refused[opcode],
      expected: "dicts, lists, strings, numbers and NumPy arrays",
    });
  return input.broken(`unknown operation ${JSON.stringify(opcode)}`);
}
