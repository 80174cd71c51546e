import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { trainRouter } from "../src/routing/index.ts";
import { saveRouter } from "../src/storage/index.ts";
import { newFolder, triposHere as tripos, tripos as triposBuilt } from "./cli.ts";
import { simulatedQuestions } from "./simulated-questions.ts";

const folder = newFolder();
const at = (name: string) => join(folder, name);
const write = (name: string, content: string | Uint8Array) => {
  writeFileSync(at(name), content);
  return at(name);
};
const { matrix } = simulatedQuestions(120, 1);
beforeAll(() => saveRouter(trainRouter(matrix, { trees: 5 }), at("router")));

/** Responses as CSV; `cost` gives the field of a response. */
function csv(
  name: string,
  {
    subjects = matrix.subjects,
    n = 40,
    cost,
  }: { subjects?: readonly string[]; n?: number; cost?: string[] } = {},
): string {
  const lines = subjects.flatMap((subject, s) =>
    Array.from({ length: n }, (_, i) => {
      const line = `${subject},q${i},${matrix.scores[(s % 3) * 120 + i]},"${matrix.texts?.[i]}"`;
      return cost ? `${line},${cost[(s * n + i) % cost.length]}` : line;
    }),
  );
  return write(name, `subject,item,score,text${cost ? ",cost" : ""}\n${lines.join("\n")}\n`);
}

/** What a command says when it ends with code 2: one message, no stack trace, nothing on standard output. */
async function refused(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await tripos(args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).not.toMatch(/\n\s+at /);
  return stderr;
}

test("test files whose models differ: missing ones are left out with a warning, unknown ones refused", {
  timeout: 30_000,
}, async () => {
  const fewer = await tripos([
    "evaluate",
    at("router"),
    csv("fewer.csv", { subjects: matrix.subjects.slice(1) }),
  ]);
  expect(fewer.code).toBe(0);
  expect(fewer.stderr).toMatch(/no answers of geographer: left out of the choice/);
  expect(fewer.stdout).not.toContain("geographer");
  const more = csv("more.csv", { subjects: [...matrix.subjects, "stranger"] });
  expect(await refused("evaluate", at("router"), more)).toMatch(
    /models that the router does not know.*stranger[\s\S]*tripos train FILE --base ROUTER/,
  );
});

test("costs that are negative or missing are named with what to do; unknown ones are no obstacle", {
  timeout: 30_000,
}, async () => {
  const negative = csv("negative.csv", { cost: ["0.1", "-0.2"] });
  for (const command of [
    ["train", negative, "--out", at("never")],
    ["evaluate", at("router"), negative],
  ])
    expect(await refused(...command)).toMatch(/line 3.*cost.*negative.*-0\.2/);
  const unknown = csv("unknown.csv", { cost: ["0.1", "NaN", ""] });
  const trained = await tripos(["train", unknown, "--out", at("some"), "--trees", "5"]);
  expect(trained.code).toBe(0);
  const decided = await tripos(["route", at("some"), "river", "--policy", "cheapest:0.1", "--json"]);
  expect(JSON.parse(decided.stdout).cost).toBeCloseTo(0.1, 6);
  for (const policy of ["cheapest:0.5", "budget:0.1", "utility:1", "cascade:0.5"])
    expect(await refused("evaluate", at("router"), csv("plain.csv"), "--policy", policy)).toMatch(
      /its cost is unknown[\s\S]*--prices FILE/,
    );
});

test("settings out of their range are refused", { timeout: 30_000 }, async () => {
  for (const policy of ["cheapest:1.01", "cheapest:-0.1", "cascade:2", "budget:-1", "utility:NaN", "best"])
    expect(await refused("route", at("router"), "x", "--policy", policy)).toContain("--policy");
});

test("one model, one question, models all equal: trained, evaluated and routed", {
  timeout: 60_000,
}, async () => {
  const odd = [
    csv("one-model.csv", { subjects: ["geographer"] }),
    csv("one-question.csv", { n: 1 }),
    write(
      "equal.csv",
      `subject,item,score,text\n${["a", "b"].flatMap((s) => [0, 1, 2, 3].map((i) => `${s},q${i},${i % 2},"question ${i}"`)).join("\n")}\n`,
    ),
  ];
  for (const [k, file] of odd.entries()) {
    const router = at(`odd-${k}`);
    // A page's scripts are those of the build.
    const [trained, evaluated] = [
      await tripos(["train", file, "--out", router, "--trees", "5"]),
      await triposBuilt(["evaluate", router, file, "--report", at(`odd-${k}.html`), "--json"]),
    ];
    expect([trained.code, evaluated.code, evaluated.stderr]).toEqual([0, 0, ""]);
    const { datasets } = JSON.parse(evaluated.stdout);
    expect(datasets[0].router.reward).toBeGreaterThanOrEqual(datasets[0].random - 1e-9);
    expect(readFileSync(at(`odd-${k}.html`), "utf8")).not.toMatch(/NaN|undefined|Infinity/);
    if (k === 0) continue;
    expect(trained.stdout).toMatch(/too few questions to tell how the router does on others/);
    const { p } = JSON.parse((await tripos(["route", router, "something else", "--json"])).stdout);
    expect(p).toBeLessThan(0.9);
  }
});

test("texts of any kind are routed: empty, a megabyte, another script, binary junk", {
  timeout: 30_000,
}, async () => {
  const texts = ["", "why ".repeat(262_144), "岛屿和河流有什么区别？", "\u0000\u0007\ufffd\ud800 \u001b[2J"];
  const file = write("texts.jsonl", texts.map((text) => `${JSON.stringify({ text })}\n`).join(""));
  const { code, stdout, stderr } = await tripos(["route", at("router"), "--file", file, "--json"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const { decisions } = JSON.parse(stdout);
  expect(decisions).toHaveLength(4);
  for (const { p, interval } of decisions) {
    expect(interval[0]).toBeLessThanOrEqual(p);
    expect(interval[1]).toBeGreaterThanOrEqual(p);
  }
  const junk = write(
    "junk.jsonl",
    Uint8Array.from({ length: 500 }, (_, i) => (i * 37) % 256),
  );
  expect(await refused("route", at("router"), "--file", junk)).toMatch(/junk\.jsonl: this is not text/);
  expect(await refused("train", junk, "--out", at("never"))).toContain("junk.jsonl");
});

test("a router of a newer version, of other features, or broken is named, with what to do", {
  timeout: 30_000,
}, async () => {
  const json = readFileSync(at("router/router.json"), "utf8");
  const broken = async (from: string | RegExp, to: string) => {
    const changed = json.replace(from, to);
    expect(changed).not.toBe(json);
    const copy = newFolder();
    writeFileSync(join(copy, "router.json"), changed);
    writeFileSync(join(copy, "router.safetensors"), readFileSync(at("router/router.safetensors")));
    return refused("route", copy, "x");
  };
  expect(await broken(/"version": \d+/, '"version": 99')).toMatch(
    /another version.*99[\s\S]*Install the newer Tripos/,
  );
  expect(await broken('"lexical": {', '"minilm": "all-MiniLM-L6-v2", "lexical": {')).toMatch(
    /features.*minilm[\s\S]*train the router again/,
  );
  expect(await broken("{", "")).toContain("router.json");
  expect(await refused("route", newFolder(), "x")).toContain("this is not a router");
});
