import { bankFiles, decodeBank, encodeBank, type ItemBank } from "../bank/index.ts";
import {
  type Answers,
  type Exam,
  type ExamItem,
  examInPool,
  itemsHash,
  poolOfBank,
  readExam,
  readQuestions,
  type ScoreReport,
  Scorer,
  withSubject,
} from "../exam/index.ts";
import { readFolder, readTextFile, writeFolder } from "../files/index.ts";
import { InputError } from "../input-error.ts";
import { emptyMatrix, type ResponseMatrix } from "../responses/index.ts";
import { addModel, modelNames } from "../routing/index.ts";
import { ApiError } from "./api-error.ts";
import type { GatewayConfig } from "./config.ts";
import type { RouterVersions } from "./router-versions.ts";

type ExamSettings = GatewayConfig["exams"][number];

/** An exam at hand: its questions, its bank, and what scores its answers. */
interface OpenExam {
  readonly settings: ExamSettings;
  readonly exam: Exam;
  readonly bank: ItemBank;
  readonly scorer: Scorer;
  /** What is needed to ask and grade, where the configuration has it. */
  readonly questions: readonly ExamItem[] | undefined;
}

/** An answer's score to a question named by its id. */
export interface ItemScore {
  readonly item: string;
  readonly score: number;
}

/** What a model has joined. */
interface Joined {
  readonly bank: boolean;
  readonly router: boolean;
}

/** The exams of a configuration, opened when they are first needed. */
export class Examinations {
  readonly #settings: readonly ExamSettings[];
  readonly #routers: RouterVersions | undefined;
  readonly #open = new Map<string, Promise<OpenExam>>();
  /** Joins, one after the other: each builds on what the one before has written. */
  #joining: Promise<unknown> = Promise.resolve();

  constructor(settings: readonly ExamSettings[], routers?: RouterVersions) {
    this.#settings = settings;
    this.#routers = routers;
  }

  get ids(): readonly string[] {
    return this.#settings.map(({ id }) => id);
  }

  /** @throws ApiError 404; InputError when its files are not right */
  open(id: string): Promise<OpenExam> {
    const settings = this.#settings.find((each) => each.id === id);
    if (!settings)
      throw new ApiError(404, "There is no such exam; /v1/exams lists those that are.", {
        code: "unknown_exam",
      });
    let opened = this.#open.get(id);
    if (!opened) {
      opened = openExam(settings);
      // What failed is tried again the next time.
      opened.catch(() => this.#open.delete(id));
      this.#open.set(id, opened);
    }
    return opened;
  }

  /** Ability and score of every scenario with its interval, from a model's answers. @throws ApiError */
  async score(id: string, subject: string, scores: readonly ItemScore[]): Promise<ScoreReport> {
    const { bank, exam, scorer } = await this.open(id);
    const answered = new Set(scores.map(({ item }) => item));
    const missing = exam.questions.filter(({ item }) => !answered.has(item)).length;
    // An estimator for other questions would have to be made for them, while every other request waits.
    if (missing > exam.questions.length / 5)
      throw new ApiError(400, `${missing} of the exam's ${exam.questions.length} questions have no answer.`, {
        param: "answers",
        code: "exam_not_finished",
      });
    return scorer.score(answersOf(bank, subject, scores));
  }

  /**
   * Lets a model join the exam's bank, and the router where there is a trained one.
   *
   * @returns what it joined
   * @throws InputError when both know it already
   */
  join(id: string, subject: string, scores: readonly ItemScore[]): Promise<Joined> {
    const joined = this.#joining.then(() => this.#join(id, subject, scores));
    this.#joining = joined.catch(() => undefined);
    return joined;
  }

  async #join(id: string, subject: string, scores: readonly ItemScore[]): Promise<Joined> {
    const { bank, settings } = await this.open(id);
    const answers = answersOf(bank, subject, scores);
    const routers = this.#routers;
    const joinsBank = !bank.subjects.includes(subject);
    const joinsRouter = routers !== undefined && !modelNames(routers.current.router).includes(subject);
    if (!joinsBank && !joinsRouter)
      throw new InputError("is known already", { source: "model", found: subject });
    if (joinsRouter) {
      const router = addModel(routers.current.router, matrixOf(bank, answers), subject);
      await routers.publish(router, `${subject} joined by the exam ${id}`);
    }
    if (joinsBank) {
      writeFolder(settings.bank, await encodeBank(withSubject(bank, answers)), bankFiles);
      for (const other of this.#settings) if (other.bank === settings.bank) this.#open.delete(other.id);
    }
    return { bank: joinsBank, router: joinsRouter };
  }
}

async function openExam(settings: ExamSettings): Promise<OpenExam> {
  const { bank } = await decodeBank(readFolder(settings.bank, "an item bank"), settings.bank);
  const exam = readExam(readTextFile(settings.exam), settings.exam);
  const pool = poolOfBank(bank, settings.bank);
  const file = settings.questions;
  const texts = file === undefined ? undefined : readQuestions(readTextFile(file), file);
  const questions = texts && exam.questions.flatMap(({ item }) => texts.get(item) ?? []);
  const inPool = examInPool(exam, pool, await itemsHash(bank), settings.exam);
  return { settings, exam, bank, scorer: new Scorer(pool, { exam: inPool }), questions };
}

/** @throws ApiError for a question that the bank does not have, or one answered twice */
function answersOf(bank: ItemBank, subject: string, scores: readonly ItemScore[]): Answers {
  const index = new Map(bank.items.map((item, i) => [item, i]));
  const seen = new Set<number>();
  for (const [at, { item }] of scores.entries()) {
    const i = index.get(item);
    const refuse = (what: string) =>
      new ApiError(400, `answers.${at}.item: ${what}`, { param: "answers", code: "invalid_field" });
    if (i === undefined) throw refuse("the exam's bank has no such question.");
    if (seen.has(i)) throw refuse("this question is answered twice.");
    seen.add(i);
  }
  return {
    subject,
    items: [...seen],
    scores: scores.map(({ score }) => (bank.scoring === "hard" ? Number(score > 0) : score)),
  };
}

/** The answers beside those of the bank's subjects to the same questions. */
function matrixOf(bank: ItemBank, { subject, items, scores }: Answers): ResponseMatrix {
  const asked = Array.from(items);
  const known = bank.responses;
  const matrix = emptyMatrix(
    [subject, ...(known?.subjects ?? [])],
    asked.map((i) => bank.items[i]),
  );
  const width = asked.length;
  asked.forEach((i, j) => {
    matrix.scores[j] = scores[j];
    matrix.observed[j] = 1;
    known?.subjects.forEach((_, s) => {
      matrix.scores[(s + 1) * width + j] = known.scores[s * bank.items.length + i];
      matrix.observed[(s + 1) * width + j] = known.observed[s * bank.items.length + i];
    });
  });
  return { ...matrix, ...(bank.texts && { texts: asked.map((i) => bank.texts![i]) }) };
}
