import { curveInformation, expectedScore, scoreProbabilities } from "./item-curve.ts";
import { html, type Markup, trusted } from "./markup.ts";
import { enlivenPage } from "./page-script.ts";
import { style } from "./style.ts";

const script = `(${enlivenPage})({scoreProbabilities:${scoreProbabilities},expectedScore:${expectedScore},curveInformation:${curveInformation}})`;

/** A part of a page: its heading is also the link in the bar at the top. */
export interface Section {
  readonly title: string;
  readonly body: Markup | readonly Markup[];
  /** One or two sentences on what the reader sees and how to read it. */
  readonly note?: string;
}

/** A number in a box, for what a reader wants to know first. */
export interface Tile {
  readonly label: string;
  readonly value: string;
}

/**
 * One self-contained HTML page: style and script inside, nothing fetched. Light or dark as the reader's system is set,
 * with a button to change; legible on a phone; tables sort and filter.
 */
export function page(content: {
  readonly title: string;
  readonly lead: string;
  readonly tiles?: readonly Tile[];
  /** What the reader must know before believing the rest. */
  readonly notices?: readonly string[];
  readonly sections: readonly Section[];
  readonly footer: string;
}): string {
  const { title, lead, tiles = [], notices = [], sections, footer } = content;
  const anchors = sections.map(
    (section, k) => `s${k}-${section.title.toLowerCase().replace(/[^a-z0-9]+/g, "-")}`,
  );
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none';style-src 'unsafe-inline';script-src 'unsafe-inline';img-src data:">
<title>${title}</title>
<style>${trusted(style)}</style>
</head>
<body>
<div class="top"><div><nav aria-label="Sections">${sections.map((section, k) => html`<a href="#${anchors[k]}">${section.title}</a>`)}</nav>
<button id="theme" type="button" aria-label="Change between light and dark">◐</button></div></div>
<main>
<header><h1>${title}</h1><p class="lead">${lead}</p></header>
${notices.map((notice) => html`<p class="notice">${notice}</p>`)}
${tiles.length > 0 && html`<div class="tiles">${tiles.map((tile) => html`<div class="tile"><b>${tile.value}</b><span>${tile.label}</span></div>`)}</div>`}
${sections.map(
  (section, k) => html`<section id="${anchors[k]}"><h2>${section.title}</h2>
${section.note !== undefined && html`<p class="note">${section.note}</p>`}
${section.body}</section>`,
)}
<footer>${footer}</footer>
</main>
<script>${trusted(script)}</script>
</body>
</html>
`.markup;
}
