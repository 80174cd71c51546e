import type { Database } from "./database.ts";

/** Each is applied once, in order; one that is out in a release is never changed. */
const migrations: readonly string[] = [
  `
create table api_key (
  id text primary key,
  name text not null,
  role text not null check (role in ('admin', 'user')),
  hash text not null unique,
  created timestamptz not null default now(),
  expires timestamptz,
  revoked timestamptz,
  models text[],
  requests_per_minute integer,
  tokens_per_minute integer,
  budget_day double precision,
  budget_month double precision
);
create table request (
  id text primary key,
  at timestamptz not null,
  key_id text,
  "user" text,
  endpoint text not null,
  policy text,
  rule text,
  model text,
  upstream text,
  p double precision,
  low double precision,
  high double precision,
  expected_cost double precision,
  cost double precision,
  baseline_cost double precision,
  input_tokens integer not null,
  output_tokens integer not null,
  estimated boolean not null,
  status integer not null,
  outcome text not null,
  failed_tries integer not null,
  decision_ms double precision not null,
  first_byte_ms double precision not null,
  total_ms double precision not null,
  streamed boolean not null,
  question text
);
create index request_at on request (at);
create index request_key_at on request (key_id, at);
create table feedback (
  request_id text not null references request,
  grader text not null,
  score double precision not null check (score between 0 and 1),
  comment text,
  at timestamptz not null default now(),
  primary key (request_id, grader)
);
create table spend (
  key_id text not null,
  day date not null,
  cost double precision not null,
  requests bigint not null,
  tokens bigint not null,
  primary key (key_id, day)
);
create table reservation (
  request_id text primary key,
  key_id text not null,
  amount double precision not null,
  expires timestamptz not null
);
create index reservation_key on reservation (key_id);
create table rate (
  key_id text not null,
  minute timestamptz not null,
  requests integer not null default 0,
  tokens integer not null default 0,
  primary key (key_id, minute)
);

-- Admits a request of a key, or says what stands against it. The key's row is locked meanwhile, so that all
-- gateways together admit one request of a key at a time and see what the others have reserved.
create function admit(key text, request text, most double precision) returns text language plpgsql as $$
declare
  k api_key;
  r rate;
  held double precision;
  today double precision;
  month double precision;
begin
  select * into k from api_key where id = key for update;
  if not found or k.revoked is not null then return 'revoked'; end if;
  if k.expires <= now() then return 'expired'; end if;
  if k.requests_per_minute is not null or k.tokens_per_minute is not null then
    insert into rate (key_id, minute) values (key, date_trunc('minute', now())) on conflict do nothing;
    select * into r from rate where key_id = key and minute = date_trunc('minute', now());
    if r.requests >= k.requests_per_minute then return 'requests'; end if;
    if r.tokens >= k.tokens_per_minute then return 'tokens'; end if;
  end if;
  if k.budget_day is not null or k.budget_month is not null then
    delete from reservation where key_id = key and expires < now();
    select coalesce(sum(amount), 0) into held from reservation where key_id = key;
    select coalesce(sum(cost) filter (where day = current_date), 0), coalesce(sum(cost), 0) into today, month
      from spend where key_id = key and day >= date_trunc('month', current_date);
    if today + held >= k.budget_day then return 'day'; end if;
    if month + held >= k.budget_month then return 'month'; end if;
    insert into reservation values (request, key, most, now() + interval '15 minutes');
  end if;
  update rate set requests = requests + 1 where key_id = key and minute = date_trunc('minute', now());
  return null;
end $$;

-- Takes in records given as a JSON array; those known already change nothing, so that costs count once however
-- often a record is given. Returns how many were new.
create function take_in(records json) returns bigint language sql as $$
  with incoming as (
    select * from json_to_recordset(records) as r (
      id text, at double precision, key text, "user" text, endpoint text, policy text, rule text, model text,
      upstream text, p double precision, low double precision, high double precision,
      "expectedCost" double precision, cost double precision, "baselineCost" double precision,
      "inputTokens" integer, "outputTokens" integer,
      estimated boolean, status integer, outcome text, "failedTries" integer, "decisionTime" double precision,
      "firstByteTime" double precision, "time" double precision, streamed boolean, question text)
  ), added as (
    insert into request
    select id, to_timestamp(at / 1000), key, "user", endpoint, policy, rule, model, upstream, p, low, high, "expectedCost", cost, "baselineCost",
      "inputTokens", "outputTokens", estimated, status, outcome, "failedTries", "decisionTime", "firstByteTime",
      "time", streamed, question
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
`,
  `
-- Who gave a grade: a key's id, 'operator', or 'anyone' where no keys are asked for.
alter table feedback add column source text not null default 'anyone';
-- Whether it has been taken into what is learnt.
alter table feedback add column learned boolean not null default false;
create index feedback_unlearned on feedback (at) where not learned;
create table router_version (
  version bigint generated always as identity primary key,
  name text not null,
  hash text not null,
  at timestamptz not null default now(),
  reason text not null,
  -- Each file's bytes in base64, by its name.
  files json not null,
  unique (name, hash)
);
-- What feedback has taught a router.
create table learned (
  name text primary key,
  state json not null
);
create table exam_result (
  id text primary key,
  exam text not null,
  subject text not null,
  at timestamptz not null default now(),
  report json not null
);
-- Sums of each day and model, which stay when the requests themselves are deleted.
create table day_sum (
  day date not null,
  model text not null,
  requests bigint not null,
  failed bigint not null,
  input_tokens bigint not null,
  output_tokens bigint not null,
  cost double precision,
  baseline_cost double precision,
  graded bigint not null,
  score double precision,
  primary key (day, model)
);
`,
  `
-- Which router decided, and in which version: grades teach only the router whose P they judge.
alter table request add column router text;
alter table request add column router_version text;
-- Where more than one model was paid for one answer (a cascade, a hedge): each with its tokens and cost.
alter table request add column steps json;
-- The order in which grades came, whatever the clocks say; and each source's grade stands by itself.
alter table feedback add column number bigint generated always as identity;
alter table feedback drop constraint feedback_pkey;
alter table feedback add primary key (request_id, source, grader);
drop index feedback_unlearned;
create index feedback_unlearned on feedback (number) where not learned;
-- What an answer's grades say: the operator's, where there are any, else the mean of the others.
create view request_score as
select request_id, coalesce(avg(score) filter (where source = 'operator'), avg(score)) as score
from feedback group by request_id;

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
`,
];

/** Brings a database up to date; several gateways may do so at once. */
export async function migrate(database: Database): Promise<void> {
  await database.script(`
    select pg_advisory_xact_lock(7467677);
    create table if not exists migration (version integer primary key, applied timestamptz not null default now())`);
  for (const [i, sql] of migrations.entries()) {
    const known = await database.query("select 1 from migration where version = $1", [i + 1]);
    if (known.length > 0) continue;
    try {
      await database.script(`
        select pg_advisory_xact_lock(7467677);
        insert into migration (version) values (${i + 1});
        ${sql}`);
    } catch (error) {
      // Another gateway was first.
      const done = await database.query("select 1 from migration where version = $1", [i + 1]);
      if (done.length === 0) throw error;
    }
  }
}
