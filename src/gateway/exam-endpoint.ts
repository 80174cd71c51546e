import type { Hono } from "hono";
import { z } from "zod";
import { identify, identifyAdmin } from "./access.ts";
import { ApiError } from "./api-error.ts";
import type { Examinations } from "./examinations.ts";
import type { Gateway } from "./gateway.ts";
import { jsonBody } from "./json-body.ts";
import { asApiError } from "./policies.ts";

const name = z.string().min(1).max(200);
const answers = z.strictObject({
  model: name,
  answers: z.array(z.object({ item: z.string(), score: z.number().min(0).max(1) })).min(1),
  /** Lets the model join the exam's bank and the router (admins only). */
  join: z.boolean().default(false),
});
const run = z.strictObject({ model: name, join: z.boolean().default(false) });

/** The exams: their questions, the score of a model's answers, runs of an exam, results so far. */
export function addExams(app: Hono, gateway: Gateway): void {
  const exams = (): Examinations => {
    if (gateway.exams) return gateway.exams;
    throw new ApiError(404, "This gateway has no exams.", { code: "unknown_exam" });
  };
  const keep = async (exam: string, subject: string, report: object) => {
    const id = `exam_${crypto.randomUUID()}`;
    await gateway.store?.query(
      "insert into exam_result (id, exam, subject, report) values ($1, $2, $3, $4)",
      [id, exam, subject, JSON.stringify(report)],
    );
    return id;
  };

  app.get("/v1/exams", async (c) => {
    await identify(gateway, c.req);
    return c.json({ object: "list", data: exams().ids.map((id) => ({ id, object: "exam" })) });
  });

  app.get("/v1/exams/:id", async (c) => {
    await identify(gateway, c.req);
    const id = c.req.param("id");
    const { exam, bank } = await exams().open(id);
    const texts = new Map(bank.items.map((item, i) => [item, bank.texts?.[i]]));
    return c.json({
      id,
      object: "exam",
      scenarios: exam.scenarios,
      questions: exam.questions.map(({ item, scenario, text = texts.get(item) }) => ({
        item,
        scenario,
        text,
      })),
    });
  });

  app.post("/v1/exams/:id/answers", async (c) => {
    const caller = await identify(gateway, c.req);
    const id = c.req.param("id");
    const { body: limit } = gateway.snapshot.config.limits;
    const { model, answers: scores, join } = await jsonBody(c.req.raw, answers, limit);
    if (join && !caller.admin)
      throw new ApiError(403, "Only an admin's key may let a model join.", { code: "admin_only" });
    try {
      const report = await exams().score(id, model, scores);
      const joined = join ? await exams().join(id, model, scores) : { bank: false, router: false };
      return c.json({ id: await keep(id, model, report), exam: id, joined, ...report }, 201);
    } catch (error) {
      throw asApiError(error);
    }
  });

  app.post("/v1/exams/:id/runs", async (c) => {
    await identifyAdmin(gateway, c.req);
    const exam = c.req.param("id");
    const { model, join } = await jsonBody(c.req.raw, run);
    if (!gateway.snapshot.fleet.models.has(model))
      throw new ApiError(404, "There is no such model here.", { param: "model", code: "model_not_found" });
    const { questions } = await exams().open(exam);
    if (!questions || !gateway.store)
      throw new ApiError(400, "This exam's configuration names no questions with their right answers.", {
        code: "no_questions",
      });
    await (await gateway.store.jobs()).send("exam-run", { exam, model, join });
    return c.json({ object: "exam.run", exam, model, results: `/v1/exams/${exam}/results` }, 202);
  });

  app.get("/v1/exams/:id/results", async (c) => {
    await identifyAdmin(gateway, c.req);
    const rows = await gateway.store?.query(
      "select id, subject, at, report from exam_result where exam = $1 order by at desc limit 1000",
      [c.req.param("id")],
    );
    return c.json({ object: "list", data: rows ?? [] });
  });
}
