/**
 * Takes in records given as a JSON array; those known already change nothing, so that costs count once however often a
 * record is given. The others' costs are added to their day, their tokens to their minute, and what was reserved for them
 * is freed. Returns how many were new. Put in place anew at each start, so that it stands here alone.
 */
export const takeIn = `
create or replace function take_in(records json) returns bigint language sql as $$
  with incoming as (
    select * from json_to_recordset(records) as r (
      id text, at double precision, key text, "user" text, endpoint text, policy text, rule text, model text,
      upstream text, p double precision, low double precision, high double precision,
      "expectedCost" double precision, cost double precision, "baselineCost" double precision,
      "inputTokens" integer, "outputTokens" integer,
      estimated boolean, status integer, outcome text, "failedTries" integer, "decisionTime" double precision,
      "firstByteTime" double precision, "time" double precision, streamed boolean, question text,
      router text, "routerVersion" text, steps json)
  ), added as (
    insert into request
    select id, to_timestamp(at / 1000), key, "user", endpoint, policy, rule, model, upstream, p, low, high, "expectedCost", cost, "baselineCost",
      "inputTokens", "outputTokens", estimated, status, outcome, "failedTries", "decisionTime", "firstByteTime",
      "time", streamed, question, router, "routerVersion", steps
    from incoming
    on conflict do nothing
    returning *
  ), spent as (
    insert into spend
    select key_id, current_date, coalesce(sum(cost), 0), count(*), sum(input_tokens + output_tokens)
    from added where key_id is not null group by key_id
    on conflict (key_id, day) do update set cost = spend.cost + excluded.cost,
      requests = spend.requests + excluded.requests, tokens = spend.tokens + excluded.tokens
  ), counted as (
    insert into rate
    select key_id, date_trunc('minute', now()), 0, sum(input_tokens + output_tokens)
    from added join api_key on api_key.id = key_id and tokens_per_minute is not null group by key_id
    on conflict (key_id, minute) do update set tokens = rate.tokens + excluded.tokens
  ), freed as (
    delete from reservation using added where reservation.request_id = added.id
  )
  select count(*) from added
$$;
`;
