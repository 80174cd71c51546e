/** Where a problem was found, and what would have been right. */
export interface InputProblem {
  /** File, folder, option or address that holds the problem. */
  readonly source?: string;
  /** "line 3, column 7", "entry 12", "offset 40": where in the source. */
  readonly at?: string;
  /** Name of the field, as the user wrote it. */
  readonly field?: string;
  readonly found?: string;
  readonly expected?: string;
  /** What to do next. */
  readonly hint?: string;
}

/**
 * The user's input cannot be used. The command line prints it as one message, without a stack trace, and exits
 * with code 2; the library throws it so that a program can read the parts.
 */
export class InputError extends Error {
  override readonly name = "InputError";
  readonly summary: string;
  readonly problem: InputProblem;

  constructor(summary: string, problem: InputProblem = {}) {
    super(describe(summary, problem));
    this.summary = summary;
    this.problem = problem;
  }
}

function describe(summary: string, { source, at, field, found, expected, hint }: InputProblem): string {
  const place = [source, at, field && `field "${field}"`].filter(Boolean).join(", ");
  const contrast = [found && `found ${printable(found)}`, expected && `expected ${expected}`]
    .filter(Boolean)
    .join(", ");
  return (
    (place ? `${place}: ` : "") + summary + (contrast ? ` (${contrast})` : "") + (hint ? `\n  ${hint}` : "")
  );
}

/** Without what a terminal would take as an order. */
const printable = (text: string): string => text.replace(/(?![\n\t])\p{Cc}/gu, "\ufffd");

/** A value as an error message shows it: short, on one line, its type evident. */
export function show(value: unknown): string {
  const text =
    typeof value === "number" || value === undefined
      ? String(value)
      : (JSON.stringify(value) ?? String(value));
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
