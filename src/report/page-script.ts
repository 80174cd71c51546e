import type { CurveItem } from "./item-curve.ts";

/** What `dataTable` leaves in the page. */
interface TableData {
  pageSize: number;
  order: number[];
  right: boolean[];
  text: string[][];
  /** Columns of sentences, cut after two lines. */
  long: boolean[];
  values: ((number | null)[] | null)[];
  flags: number | null;
  sort: { column: number; descending: boolean } | null;
  items: boolean;
}

/** What `itemCurves` leaves in the page: the items, the plots' scales, and which to show at first. */
export interface CurveData {
  names: readonly string[];
  items: readonly CurveItem[];
  shown: readonly number[];
  low: number;
  high: number;
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** The functions of item-curve.ts that the page's script calls. */
export interface CurveFunctions {
  scoreProbabilities(item: CurveItem, theta: number): number[];
  expectedScore(item: CurveItem, theta: number, probabilities: CurveFunctions["scoreProbabilities"]): number;
  curveInformation(
    item: CurveItem,
    theta: number,
    probabilities: CurveFunctions["scoreProbabilities"],
  ): number;
}

/**
 * What makes a page alive: theme, tables that sort, filter and turn pages, curves of the items that the reader picks.
 * The page carries this function as text, so it uses nothing from outside itself but its argument.
 */
export function enlivenPage(curve: CurveFunctions): void {
  const root = document.documentElement;
  const element = (tag: string, className: string, text: string) => {
    const made = document.createElement(tag);
    made.className = className;
    made.textContent = text;
    return made;
  };

  const system = matchMedia("(prefers-color-scheme: dark)");
  const applySystem = () => {
    root.dataset.theme = system.matches ? "dark" : "light";
  };
  applySystem();
  system.addEventListener("change", applySystem);
  document.querySelector("#theme")?.addEventListener("click", () => {
    root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark";
  });

  const showItem = startCurves();
  for (const host of document.querySelectorAll<HTMLElement>(".table")) startTable(host);

  function startTable(host: HTMLElement): void {
    const data = JSON.parse(host.querySelector("script")!.textContent!) as TableData;
    const [body, pager, count] = [
      host.querySelector("tbody")!,
      host.querySelector(".pager")!,
      host.querySelector(".count")!,
    ];
    const search = host.querySelector<HTMLInputElement>("input")!;
    const headings = [...host.querySelectorAll("th")];
    const rows = data.text[0]?.length ?? 0;
    const lines = Array.from({ length: rows }, (_, r) =>
      data.text
        .map((column) => column[r])
        .join("\n")
        .toLowerCase(),
    );
    let order = data.order;
    let sort = data.sort;
    let flag = "";
    let first = 0;

    const render = () => {
      const needle = search.value.trim().toLowerCase();
      const found = order.filter(
        (r) =>
          (!needle || lines[r].includes(needle)) &&
          (!flag || data.text[data.flags!][r].split("; ").includes(flag)),
      );
      if (first >= found.length) first = 0;
      body.replaceChildren(
        ...found.slice(first, first + data.pageSize).map((r) => {
          const row = document.createElement("tr");
          if (data.items) {
            row.dataset.item = String(r);
            row.tabIndex = 0;
          }
          data.text.forEach((column, c) => {
            const cell = element("td", data.right[c] ? "right" : "text", "");
            if (c === data.flags)
              for (const name of column[r].split("; ").filter(Boolean))
                cell.append(element("span", "flag", name));
            else if (data.long[c]) {
              cell.className = "long";
              cell.append(element("div", "", column[r].slice(0, 200)));
              cell.title = column[r];
            } else cell.textContent = column[r];
            row.append(cell);
          });
          return row;
        }),
      );
      count.textContent = found.length === rows ? `${rows} rows` : `${found.length} of ${rows} rows`;
      turnPages(found.length);
      headings.forEach((heading, c) => {
        if (sort?.column === c) heading.ariaSort = sort.descending ? "descending" : "ascending";
        else heading.removeAttribute("aria-sort");
      });
    };

    const turnPages = (total: number) => {
      const button = (text: string, to: number) => {
        const made = element("button", "", text) as HTMLButtonElement;
        made.type = "button";
        made.disabled = to < 0 || to >= total;
        made.addEventListener("click", () => {
          first = to;
          render();
        });
        return made;
      };
      pager.replaceChildren();
      if (total <= data.pageSize) return;
      pager.append(
        button("Back", first - data.pageSize),
        element("span", "", `${first + 1}–${Math.min(total, first + data.pageSize)} of ${total}`),
        button("Next", first + data.pageSize),
      );
    };

    const compare = (c: number, descending: boolean) => (a: number, b: number) => {
      const sign = descending ? -1 : 1;
      const values = data.values[c];
      if (!values)
        return sign * data.text[c][a].localeCompare(data.text[c][b], "en", { numeric: true }) || a - b;
      const [x, y] = [values[a], values[b]];
      if (x === null || y === null) return Number(x === null) - Number(y === null) || a - b;
      return sign * (x - y) || a - b;
    };
    headings.forEach((heading, c) => {
      heading.querySelector("button")!.addEventListener("click", () => {
        const first = data.values[c] !== null;
        sort = { column: c, descending: sort?.column === c ? !sort.descending : first };
        order = [...data.order].sort(compare(c, sort.descending));
        render();
      });
    });
    search.addEventListener("input", () => {
      first = 0;
      render();
    });
    if (data.flags !== null) {
      const names = new Map<string, number>();
      for (const flags of data.text[data.flags])
        for (const name of flags.split("; ").filter(Boolean)) names.set(name, (names.get(name) ?? 0) + 1);
      const chips = [...names].map(([name, n]) => {
        const chip = element("button", "chip", `${name} · ${n}`) as HTMLButtonElement;
        chip.type = "button";
        chip.ariaPressed = "false";
        chip.addEventListener("click", () => {
          flag = flag === name ? "" : name;
          first = 0;
          for (const other of chips) other.ariaPressed = String(other === chip && flag !== "");
          render();
        });
        return chip;
      });
      search.after(...chips);
    }
    const pick = (event: Event) => {
      const row = (event.target as HTMLElement).closest<HTMLElement>("tr[data-item]");
      if (row) showItem(Number(row.dataset.item));
    };
    body.addEventListener("click", pick);
    body.addEventListener("keydown", (event) => {
      if (event.key === "Enter") pick(event);
    });
    render();
  }

  /** Draws the curves; gives back what adds an item to them. */
  function startCurves(): (item: number) => void {
    const source = document.querySelector("#curve-data");
    if (!source) return () => {};
    const data = JSON.parse(source.textContent!) as CurveData;
    const slots: (number | undefined)[] = Array.from({ length: 6 }, (_, k) => data.shown[k]);
    const chips = document.querySelector("#curve-chips")!;
    const abilities = Array.from({ length: 81 }, (_, k) => data.low + ((data.high - data.low) * k) / 80);
    const toX = (theta: number) =>
      data.left + ((theta - data.low) / (data.high - data.low)) * (data.right - data.left);
    const svg = (tag: string, attributes: Record<string, string | number>, text = "") => {
      const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
      for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
      made.textContent = text;
      return made;
    };
    const draw = (id: string, value: (item: CurveItem, theta: number) => number, most?: number) => {
      const marks = document.querySelector(`#${id} .marks`)!;
      const curves = slots.map((item) =>
        item === undefined ? [] : abilities.map((theta) => value(data.items[item], theta)),
      );
      const top = most ?? (Math.max(...curves.flat(), 0) * 1.06 || 1);
      const toY = (y: number) => data.bottom + (y / top) * (data.top - data.bottom);
      marks.replaceChildren();
      const rough = top / 4;
      const power = 10 ** Math.floor(Math.log10(rough));
      const step = power * [1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough)!;
      if (most === undefined)
        for (let k = 0; k * step <= top; k++) {
          const y = toY(k * step);
          marks.append(
            svg("line", { class: "grid", x1: data.left, x2: data.right, y1: y, y2: y }),
            svg(
              "text",
              { class: "tick", x: data.left - 7, y, dy: ".35em", "text-anchor": "end" },
              String(Number((k * step).toPrecision(3))),
            ),
          );
        }
      curves.forEach((points, slot) => {
        if (points.length === 0) return;
        const path = points.map(
          (y, k) => `${k ? "L" : "M"}${toX(abilities[k]).toFixed(1)} ${toY(y).toFixed(1)}`,
        );
        const line = svg("path", { class: `curve s${slot}`, d: path.join("") });
        line.append(svg("title", {}, data.names[slots[slot]!]));
        marks.append(line);
      });
    };
    const render = () => {
      draw("icc", (item, theta) => curve.expectedScore(item, theta, curve.scoreProbabilities), 1);
      draw("iif", (item, theta) => curve.curveInformation(item, theta, curve.scoreProbabilities));
      chips.replaceChildren(
        ...slots.flatMap((item, slot) => {
          if (item === undefined) return [];
          const name = data.names[item];
          const chip = element("button", "chip", "") as HTMLButtonElement;
          const colour = element("i", "", "");
          colour.style.background = `var(--c${slot})`;
          chip.type = "button";
          chip.title = `Remove ${name}`;
          chip.append(colour, `${name.length > 34 ? `${name.slice(0, 33)}…` : name} ×`);
          chip.addEventListener("click", () => {
            slots[slot] = undefined;
            render();
          });
          return [chip];
        }),
      );
    };
    let oldest = 0;
    const add = (item: number) => {
      if (slots.includes(item)) return;
      const free = slots.indexOf(undefined);
      slots[free >= 0 ? free : oldest++ % slots.length] = item;
      render();
    };
    document.querySelector<HTMLInputElement>("#curve-add")?.addEventListener("change", (event) => {
      const input = event.target as HTMLInputElement;
      const needle = input.value.trim().toLowerCase();
      const names = data.names.map((name) => name.toLowerCase());
      const exact = names.indexOf(needle);
      const item = exact >= 0 ? exact : names.findIndex((name) => name.includes(needle));
      if (needle && item >= 0) add(item);
      input.value = "";
    });
    render();
    return add;
  }
}
