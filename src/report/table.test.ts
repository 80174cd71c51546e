import { expect, test } from "vitest";
import { textTable } from "./table.ts";

test("numbers stand right with the same decimals, names left", () => {
  const columns = [{ title: "model" }, { title: "items" }, { title: "θ", digits: 2 }];
  expect(
    textTable(columns, [
      ["Mistral", 120, -1.256],
      ["a", 7, 0.5],
    ]),
  ).toBe(
    ["model    items      θ", "───────  ─────  ─────", "Mistral    120  −1.26", "a            7   0.50"].join(
      "\n",
    ),
  );
});

test("what is not known is a dash, and zero has no sign", () => {
  expect(textTable([{ title: "x" }], [[null], [Number.NaN], [-0.0001], [Number.NEGATIVE_INFINITY]])).toBe(
    ["    x", "─────", "    –", "    –", "0.000", "   −∞"].join("\n"),
  );
});

test("wide characters count twice and long cells are cut", () => {
  const lines = textTable(
    [{ title: "name", maxWidth: 6 }, { title: "n" }],
    [
      ["问题一二三", 1],
      ["abcdefgh", 2],
    ],
  ).split("\n");
  expect(lines.slice(2)).toEqual(["问题…   1", "abcde…  2"]);
});

test("a name cannot break the line or steer the terminal", () => {
  const text = textTable([{ title: "name" }], [["a\nb\u001b[31mred"]]);
  expect(text.split("\n")).toHaveLength(3);
  expect(text).not.toContain("\u001b");
});

test("no rows: the heading alone", () => {
  expect(textTable([{ title: "a" }], [])).toBe("a\n─");
});
