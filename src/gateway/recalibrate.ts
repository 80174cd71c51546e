import { type FeedbackState, noFeedback, withFeedback } from "../routing/index.ts";
import type { Store } from "./store.ts";

/** Grades that one run takes in. */
const most = 20_000;

/**
 * Takes the grades of a router's own decisions that were given since the last time into what is learnt of its models,
 * and tells all gateways. Each key is a source of its own, whatever names of graders it gives, so that its influence stays bounded.
 *
 * @param name the router's, as in its records
 * @returns how many grades were taken in
 */
export async function recalibrate(store: Store, name: string): Promise<number> {
  const [before] = await store.query("select state from learned where name = $1", [name]);
  const grades = await store.query(
    `select request_id, grader, model, p, score, source from feedback join request on request.id = request_id
     where not learned and router = $1 and p is not null and model is not null order by number limit ${most}`,
    [name],
  );
  if (grades.length === 0) return 0;
  let state = (before?.state as FeedbackState | undefined) ?? noFeedback;
  for (const { model, p, score, source } of grades)
    state = withFeedback(state, {
      model: String(model),
      p: Number(p),
      reward: Number(score),
      source: String(source),
    });
  // In one statement, so that no grade counts twice or never.
  await store.query(
    `with counted as (
       update feedback set learned = true from json_to_recordset($3) as taken (request_id text, source text, grader text)
       where feedback.request_id = taken.request_id and feedback.source = taken.source and feedback.grader = taken.grader
     )
     insert into learned (name, state) values ($1, $2) on conflict (name) do update set state = excluded.state`,
    [
      name,
      JSON.stringify(state),
      JSON.stringify(grades.map(({ request_id, source, grader }) => ({ request_id, source, grader }))),
    ],
  );
  await store.query("notify tripos_router");
  return grades.length;
}

/** Sums up the last two days by model, and deletes what nobody needs any more: whole days only, all of them summed up. */
export async function rollUp(store: Store, keepDays: number | undefined): Promise<void> {
  await store.query(`
    insert into day_sum
    select at::date, coalesce(model, 'none'), count(*), count(*) filter (where outcome <> 'ok'), sum(input_tokens),
      sum(output_tokens), sum(cost), sum(baseline_cost), count(score), avg(score)
    from request left join request_score on request_id = id
    where at >= current_date - 1 group by 1, 2
    on conflict (day, model) do update set requests = excluded.requests, failed = excluded.failed,
      input_tokens = excluded.input_tokens, output_tokens = excluded.output_tokens, cost = excluded.cost,
      baseline_cost = excluded.baseline_cost, graded = excluded.graded, score = excluded.score`);
  await store.query("delete from rate where minute < now() - interval '1 hour'");
  await store.query("delete from reservation where expires < now()");
  if (keepDays === undefined) return;
  await store.query(
    "delete from feedback using request where request_id = request.id and request.at < current_date - $1::integer",
    [keepDays],
  );
  await store.query("delete from request where at < current_date - $1::integer", [keepDays]);
}
