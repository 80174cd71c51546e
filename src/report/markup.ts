/** A piece of HTML or SVG that is safe to insert as it stands. */
export interface Markup {
  readonly markup: string;
}

type Part = string | number | Markup | null | undefined | false | readonly Part[];

/**
 * HTML or SVG from a template: strings are escaped, `Markup` is taken as it stands, lists are joined, and null,
 * undefined and false leave nothing.
 *
 * @example html`<td title="${note}">${cells}</td>`
 */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return { markup: strings.reduce((out, string, k) => out + insert(parts[k - 1]) + string) };
}

function insert(part: Part): string {
  if (part === null || part === undefined || part === false) return "";
  if (typeof part === "number") return String(part);
  if (typeof part === "string") return escapeHtml(part);
  return "markup" in part ? part.markup : part.map(insert).join("");
}

/** What was made elsewhere and is known to be safe: a style sheet, a script. */
export const trusted = (markup: string): Markup => ({ markup });

/** JSON for a `<script type="application/json">`: nothing in it can end the element. */
export const embeddedJson = (value: unknown): Markup =>
  trusted(
    JSON.stringify(value)
      .replace(/</g, "\\u003c")
      .replace(/\u2028|\u2029/g, " "),
  );

function escapeHtml(text: string): string {
  const names: Record<string, string> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  return text.replace(/[&<>"']/g, (character) => names[character]);
}
