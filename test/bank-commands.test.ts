import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bankAt } from "../src/cli/bank-folder.ts";
import { simulate, simulateItems } from "../src/irt/index.ts";
import { permutation, seededRandom } from "../src/numerics/index.ts";
import type { ResponseMatrix } from "../src/responses/index.ts";
import { triposHere } from "./cli.ts";
import { shared, testOnRealData } from "./shared.ts";

const cli = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const home = mkdtempSync(join(tmpdir(), "tripos-bank-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

interface Run {
  code: number;
  out: string;
  err: string;
}

/** The command line within this process, one call at a time: starting another takes longer than most commands do. */
const tripos = async (...args: string[]): Promise<Run> => {
  const back = process.cwd();
  process.chdir(home);
  try {
    const { code, stdout, stderr } = await triposHere(args);
    return { code: Number(code), out: stdout, err: stderr };
  } finally {
    process.chdir(back);
  }
};

/** A long CSV of the observed cells, or of those that `keep` names. */
function csv(
  { subjects, items, scores, observed }: ResponseMatrix,
  keep: (cell: number) => boolean = () => true,
) {
  const lines = ["subject,item,score"];
  subjects.forEach((subject, s) => {
    items.forEach((item, i) => {
      const cell = s * items.length + i;
      if (observed[cell] && keep(cell)) lines.push(`${subject},${item},${scores[cell]}`);
    });
  });
  return `${lines.join("\n")}\n`;
}

const { matrix } = simulate(simulateItems("2pl", { items: 14, seed: 3 }), { subjects: 250, seed: 4 });
const heldOut = new Set(permutation(matrix.scores.length, seededRandom(5)).subarray(0, 350));

beforeAll(() => {
  writeFileSync(
    join(home, "train.csv"),
    csv(matrix, (cell) => !heldOut.has(cell)),
  );
  writeFileSync(
    join(home, "test.csv"),
    csv(matrix, (cell) => heldOut.has(cell)),
  );
});

describe("calibrate, predict, inspect", () => {
  test("from responses to a bank to predictions of what was held out", async () => {
    const calibrated = await tripos("calibrate", "train.csv", "--out", "bank", "--dims", "1", "--json");
    expect(calibrated.err).toBe("");
    const { family, dims, method, items, subjects, responses, fit } = JSON.parse(calibrated.out);
    expect({ family, dims, method, items, subjects, responses }).toEqual({
      family: "2pl",
      dims: 1,
      method: "mml",
      items: 14,
      subjects: 250,
      responses: 3150,
    });
    expect(fit.logLikelihood).toBeLessThan(0);
    const predicted = await tripos("predict", "bank", "test.csv", "--json");
    const scores = JSON.parse(predicted.out);
    expect(Object.keys(scores)).toEqual(["cells", "logLikelihood", "brier", "auc", "ece"]);
    expect(scores.cells).toBe(350);
    // Better than the base rate by far; about −.55 is what the simulation's own parameters reach.
    expect(scores.logLikelihood).toBeGreaterThan(-0.6);
    expect(scores.auc).toBeGreaterThan(0.7);
    expect(scores.ece).toBeLessThan(0.1);

    const inspected = await tripos("inspect", "bank", "--json", "--report", "bank.html");
    const shown = JSON.parse(inspected.out);
    expect(shown.abilities).toHaveLength(250);
    expect(shown.fit).toEqual(fit);
    expect(shown.provenance[0].inputs[0]).toMatchObject({ name: "train.csv", format: "csv" });
    expect(readFileSync(join(home, "bank.html"), "utf8")).toContain("Wright map");
    const text = await tripos("inspect", "bank");
    expect(text.out).toMatch(/2PL, one dimension/);
    expect(text.code).toBe(0);
  });

  test("the same command gives the same bytes, and a resumed run those of a whole one", async () => {
    writeFileSync(
      join(home, "few.csv"),
      csv(matrix, (cell) => cell < 60 * matrix.items.length),
    );
    const command = ["calibrate", "few.csv", "--dims", "auto", "--json", "--out"];
    const whole = await tripos(...command, "whole");
    expect(whole.code).toBe(0);
    const candidates = JSON.parse(whole.out).candidates;
    expect(candidates.length).toBeGreaterThan(1);
    expect(candidates[0].chosen).toBe(true);
    // Stop once a comparison is in the checkpoint, then go on.
    const checkpoint = join(home, "resumed.checkpoint.json");
    const finished = () =>
      existsSync(checkpoint) ? Object.keys(JSON.parse(readFileSync(checkpoint, "utf8")).finished).length : 0;
    await new Promise<void>((done) => {
      const child = execFile(process.execPath, [cli, ...command, "resumed"], { cwd: home }, () => {
        clearInterval(timer);
        done();
      });
      const timer = setInterval(() => finished() > 0 && child.kill("SIGKILL"), 5);
    });
    expect(existsSync(join(home, "resumed"))).toBe(false);
    expect(finished()).toBeGreaterThan(0);
    for (const { behind, behindSE, chosen } of candidates)
      expect(chosen ? behind <= behindSE : behind).toBeTruthy();
    const other = await tripos(...command, "resumed", "--resume", "--seed", "2");
    expect([other.code, other.err]).toEqual([
      2,
      expect.stringContaining("interrupted run had other files, settings"),
    ]);
    expect((await tripos(...command, "resumed", "--resume")).code).toBe(0);
    expect(existsSync(checkpoint)).toBe(false);
    for (const name of readdirSync(join(home, "whole")))
      expect(readFileSync(join(home, "resumed", name))).toEqual(readFileSync(join(home, "whole", name)));
  }, 120_000);

  test.each([
    ["mml", ["--model", "3pl"]],
    ["variational", ["--engine", "variational"]],
  ])("killed in the midst of one estimation by %s, it goes on to the same bytes", async (engine, options) => {
    const command = ["calibrate", "train.csv", "--dims", "1", ...options, "--json", "--out"];
    await tripos(...command, `${engine}-whole`);
    const checkpoint = join(home, `${engine}-resumed.checkpoint.json`);
    const iterationsKept = () =>
      existsSync(checkpoint) ? JSON.parse(readFileSync(checkpoint, "utf8")).running.state.iterations : 0;
    const killed = await new Promise((done) => {
      const args = [cli, ...command, `${engine}-resumed`];
      const child = execFile(process.execPath, args, { cwd: home }, (error) => {
        clearInterval(timer);
        done(error?.signal);
      });
      const timer = setInterval(() => iterationsKept() > 0 && child.kill("SIGKILL"), 1);
    });
    expect(killed).toBe("SIGKILL");
    expect((await tripos(...command, `${engine}-resumed`, "--resume")).code).toBe(0);
    for (const name of readdirSync(join(home, `${engine}-whole`)))
      expect(readFileSync(join(home, `${engine}-resumed`, name))).toEqual(
        readFileSync(join(home, `${engine}-whole`, name)),
      );
  });

  test("a bank grows: its items stay as they are, new ones join its scale", async () => {
    const half = (i: number) => i < 8;
    const width = matrix.items.length;
    writeFileSync(
      join(home, "first.csv"),
      csv(matrix, (cell) => half(cell % width)),
    );
    writeFileSync(
      join(home, "rest.csv"),
      csv(matrix, (cell) => !half(cell % width)),
    );
    await tripos("calibrate", "first.csv", "--out", "small", "--dims", "1", "--json");
    const over = await tripos("calibrate", "rest.csv", "--onto", "small", "--out", "small");
    expect(over).toMatchObject({ code: 2, err: expect.stringContaining("the output is one of the inputs") });
    const grown = await tripos("calibrate", "rest.csv", "--onto", "small", "--out", "large", "--json");
    expect(grown.err).toBe("");
    expect(JSON.parse(grown.out)).toMatchObject({ items: 14, subjects: 250, method: "mml" });
    const shown = JSON.parse((await tripos("inspect", "large", "--json")).out);
    expect(
      shown.provenance.map(({ action, items }: { action: string; items: number }) => [action, items]),
    ).toEqual([
      ["calibrate", 8],
      ["onto", 6],
    ]);
  });
});

test("banks with common items are merged on one scale", async () => {
  const width = matrix.items.length;
  writeFileSync(
    join(home, "left.csv"),
    csv(matrix, (cell) => cell % width < 10),
  );
  writeFileSync(
    join(home, "right.csv"),
    csv(matrix, (cell) => cell % width >= 4),
  );
  const command = ["--model", "2pl", "--dims", "1", "--json", "--out"];
  await tripos("calibrate", "left.csv", ...command, "left");
  await tripos("calibrate", "right.csv", ...command, "right");
  const onto = await tripos("merge", "left", "right", "--out", "left");
  expect(onto).toMatchObject({ code: 2, err: expect.stringContaining("the output is one of the inputs") });
  const merged = JSON.parse((await tripos("merge", "left", "right", "--out", "merged", "--json")).out);
  expect(merged).toMatchObject({ items: 14, subjects: 250, common: 6 });
  // The same people answered both: the scales differ by estimation error alone.
  expect(Math.abs(merged.link.slope - 1)).toBeLessThan(0.2);
  expect(Math.abs(merged.link.shift)).toBeLessThan(0.1);
  const inspected = await tripos(
    ...[
      "inspect",
      "merged",
      "--json",
      "--best-parameters",
      "best.json",
      "--focal",
      "1",
      "--report",
      "m.html",
    ],
  );
  const shown = JSON.parse(inspected.out);
  expect(shown.provenance.map(({ action }: { action: string }) => action)).toEqual([
    "calibrate",
    "merge",
    "calibrate",
  ]);
  expect(shown.dif).toHaveLength(14);
  const best = JSON.parse(readFileSync(join(home, "best.json"), "utf8"));
  expect([best.disc.length, best.ability.length, best.irt_model]).toEqual([14, 250, "2pl"]);
  expect(readFileSync(join(home, "m.html"), "utf8")).toContain("Differential functioning");
  const { code, err } = await tripos("inspect", "merged", "--focal", "nobody has this");
  expect([code, err]).toEqual([2, expect.stringContaining("each group needs at least two subjects")]);
});

test("py-irt's parameters become a bank, and a bank of several dimensions gives them back, as it is or rotated", async () => {
  const parameters = {
    ability: [
      [0.5, -1],
      [1.25, 2],
    ],
    diff: [[0.25], [-1]],
    disc: [
      [1, 0.5],
      [2, -0.125],
    ],
    irt_model: "multidim_2pl",
    item_ids: { 0: "q1", 1: "q2" },
    subject_ids: { 0: "a", 1: "b" },
  };
  writeFileSync(join(home, "best_parameters.json"), JSON.stringify(parameters));
  const imported = await tripos("import", "best_parameters.json", "--out", "given", "--json");
  expect([imported.code, imported.err]).toEqual([0, ""]);
  expect(JSON.parse(imported.out)).toMatchObject({ bank: "given", items: 2, subjects: 2, dims: 2 });
  const shown = await tripos("inspect", "given", "--json", "--best-parameters", "back.json");
  expect(JSON.parse(shown.out)).toMatchObject({
    method: "given",
    itemParameters: [
      { item: "q1", discrimination_1: 1, discrimination_2: 0.5, intercept: -0.5, interceptSE: null },
      { item: "q2", intercept: 2 },
    ],
    abilities: [{ subject: "a", ability: [0.5, -1], abilitySE: [null, null] }, { subject: "b" }],
  });
  const back = JSON.parse(readFileSync(join(home, "back.json"), "utf8"));
  for (const key of ["ability", "diff", "disc", "item_ids", "subject_ids"] as const)
    expect(back[key]).toEqual(parameters[key]);
  const rotated = await tripos("inspect", "given", "--rotate", "varimax");
  expect(rotated.out).toMatch(/correlation \(varimax\)/);
  expect(rotated.out).toMatch(/q1/);
});

test("a known lower asymptote stays as it is, takes no degree of freedom, and the fit tells the held-out likelihood", async () => {
  const drawn = ["--model", "3pl", "--subjects", "300", "--items", "12", "--out", "guessed.csv"];
  expect((await tripos("simulate", ...drawn)).code).toBe(0);
  const model = ["--model", "3pl", "--dims", "1", "--held-out", "--json"];
  const fitOf = async (...more: string[]) =>
    JSON.parse((await tripos("calibrate", "guessed.csv", "--out", "guessed", ...model, ...more)).out).fit;
  const estimated = await fitOf();
  const known = await fitOf("--guessing", "0.2");
  expect([estimated.parameters, known.parameters]).toEqual([36, 24]);
  expect([estimated.m2Df, known.m2Df]).toEqual([78 - 36, 78 - 24]);
  expect(known.heldOut).toBeGreaterThan(-0.75);
  expect(known.heldOut).toBeLessThan(-0.4);
  const { itemParameters, priors } = JSON.parse((await tripos("inspect", "guessed", "--json")).out);
  expect(priors).toMatchObject({ guessing: "fixed at 0.2", regularised: "0 of 12 items" });
  for (const { guessing, guessingSE, sX2Df, sX2, infit } of itemParameters) {
    expect([guessing, guessingSE]).toEqual([0.2, 0]);
    expect(infit).toBeGreaterThan(0.5);
    if (sX2 !== null) expect(sX2Df).toBeGreaterThan(0);
  }
  const refused = await tripos(
    "calibrate",
    "guessed.csv",
    "--out",
    "none",
    "--model",
    "2pl",
    "--guessing",
    "0.2",
  );
  expect(refused.err).toMatch(/only models with guessing.*found 2pl/);
});

describe("bad input ends with code 2, one message, and nothing written", () => {
  const refuse = async (content: string, message: RegExp, ...options: string[]) => {
    writeFileSync(join(home, "bad.csv"), content);
    const { code, err, out } = await tripos("calibrate", "bad.csv", "--out", "none", ...options);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toMatch(message);
    expect(err).not.toMatch(/\n\s+at /);
    expect(existsSync(join(home, "none"))).toBe(false);
  };

  test("a score outside the range of the model", async () => {
    await refuse("subject,item,score\na,q,1\nb,q,3\n", /subject b, item q: .*found 3, expected 0 to 1/s);
    await refuse("subject,item,score\na,q,1\nb,q,-0.5\n", /found -0\.5/, "--scoring", "score");
    await refuse("subject,item,score\na,q,1\nb,q,1.5\n", /whole numbers from 0/, "--model", "graded");
  });

  test("a score out of range names its file, a mistyped suffix what it may be, and bytes are not shown", async () => {
    await refuse("subject,item,score\na,q,-1\n", /bad\.csv, subject a, item q: .*found -1/s);
    await refuse("\u0001\u0002,\u0003", /bad\.csv: this is not text \(found binary data/);
    const { code, err } = await tripos("calibrate", "train.csv:foo", "--out", "none");
    expect([code, err]).toEqual([2, expect.stringContaining("found :foo, expected :hard or :score")]);
  });

  test("options that contradict", async () => {
    await refuse(
      "subject,item,score\na,q,1\n",
      /--dims: the value does not fit .*, auto or validation/,
      "--dims",
      "0",
    );
    await refuse("subject,item,score\na,q,1\n", /^tripos: .*argument '5pl' is invalid/, "--model", "5pl");
    await refuse("subject,item,score\na,q,1\n", /cannot be read|not an item bank/, "--onto", "nowhere");
    await refuse(
      "subject,item,score\na,q,1\n",
      /variational engine calibrates the 2PL/,
      "--model",
      "3pl",
      "--dims",
      "1",
      "--engine",
      "variational",
    );
  });

  test("an output that cannot be written is told before the responses are read", async () => {
    writeFileSync(join(home, "a-file"), "");
    for (const command of ["calibrate", "train"]) {
      const { code, err } = await tripos(command, "not-there.csv", "--out", "a-file");
      expect([code, err]).toEqual([2, expect.stringContaining("a file stands where a folder is needed")]);
    }
  });

  test("predict with strangers", async () => {
    writeFileSync(join(home, "strangers.csv"), "subject,item,score\nnobody,nothing,1\n");
    const { code, err } = await tripos("predict", "bank", "strangers.csv");
    expect([code, err]).toEqual([2, expect.stringContaining("knows no subject and item")]);
  });
});

test("one response makes a bank, without a comparison, and leaves no checkpoint", async () => {
  writeFileSync(join(home, "one.csv"), "subject,item,score\na,1,1\n");
  for (const model of ["2pl", "auto"]) {
    const { code, out, err } = await tripos(
      "calibrate",
      "one.csv",
      "--out",
      "one",
      "--model",
      model,
      "--json",
    );
    expect([code, err]).toEqual([0, ""]);
    const { candidates, warnings, dims } = JSON.parse(out);
    expect([candidates, dims]).toEqual([[], 1]);
    expect(warnings[0]).toMatch(/too few responses to compare models/);
  }
  expect(readdirSync(home).filter((name) => name.includes("checkpoint") && name.startsWith("one"))).toEqual(
    [],
  );
});

test("predict warns of the responses the bank has seen, and of people without a name; provenance has no folders", async () => {
  const table = (from: number, to: number) =>
    [
      "q1,q2,q3,q4",
      ...Array.from({ length: to - from }, (_, s) =>
        matrix.scores.slice((from + s) * 14, (from + s) * 14 + 4).join(),
      ),
    ].join("\n");
  writeFileSync(join(home, "nameless.csv"), table(0, 60));
  writeFileSync(join(home, "others.csv"), table(60, 90));
  const calibrated = await tripos(
    "calibrate",
    join(home, "nameless.csv"),
    "--out",
    "nameless",
    "--dims",
    "1",
  );
  expect(calibrated.code).toBe(0);
  const { provenance } = JSON.parse(readFileSync(join(home, "nameless", "bank.json"), "utf8"));
  expect(provenance[0].inputs[0].name).toBe("nameless.csv");
  const same = await tripos("predict", "nameless", "nameless.csv", "--json");
  expect(same.err).toMatch(/calibrated on nameless\.csv: this is how well it repeats/);
  expect(same.err).not.toMatch(/without a name/);
  const others = await tripos("predict", "nameless", "others.csv", "--json");
  expect(others.err).toMatch(/30 subjects without a name in either file \(person 1, …\)/);
  expect(others.err).not.toMatch(/repeats/);
  const both = await tripos(
    "calibrate",
    "nameless.csv",
    "others.csv",
    "--out",
    "both",
    "--dims",
    "1",
    "--json",
  );
  expect(both.err).toMatch(/others\.csv: its subjects have no names/);
});

test("an item answered several times is right where at least half of the answers are, and the run says so", async () => {
  const rows = [
    "subject,item,score",
    "a,q,0",
    "a,q,0",
    "a,q,1",
    "b,q,1",
    "b,q,0",
    "c,q,0.2",
    "a,r,1",
    "b,r,0",
    "c,r,1",
  ];
  writeFileSync(join(home, "repeats.csv"), `${rows.join("\n")}\n`);
  const { code, err } = await tripos("calibrate", "repeats.csv", "--out", "repeats", "--dims", "1", "--json");
  expect([code, err]).toEqual([0, expect.stringContaining("at least half of a subject's answers")]);
  const { responses } = (await bankAt(join(home, "repeats"))).bank;
  expect(Array.from(responses!.scores)).toEqual([0, 1, 1, 0, 1, 1]);
});

testOnRealData("LSAT7: the command line reaches the textbook's numbers", async () => {
  const rows = readFileSync(shared("data/lsat/lsat7.csv"), "utf8").trim().split("\n");
  const header = rows[0].split(",");
  const lines = ["subject,q1,q2,q3,q4,q5"];
  for (const row of rows.slice(1)) {
    const cells = row.split(",");
    const count = Number(cells[header.length - 1]);
    for (let k = 0; k < count; k++) lines.push([`p${lines.length}`, ...cells.slice(0, 5)].join(","));
  }
  writeFileSync(join(home, "lsat7.csv"), `${lines.join("\n")}\n`);
  const run = await tripos(
    "calibrate",
    "lsat7.csv",
    "--out",
    "lsat7",
    "--model",
    "2pl",
    "--dims",
    "1",
    "--json",
  );
  const { fit, subjects } = JSON.parse(run.out);
  expect(subjects).toBe(1000);
  expect(fit.logLikelihood).toBeCloseTo(-2658.805114, 3);
  expect(fit.m2).toBeCloseTo(11.93841, 2);
});
