import type { Database } from "./database.ts";
import { takeIn } from "./take-in.ts";

/** Each is applied once, in order; one that is out in a release is never changed. (`take_in` is not among them: see take-in.ts.) */
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
`,
  `
-- What a request may still use of its key's tokens per minute, until its record is taken in.
alter table reservation add column tokens double precision not null default 0;

-- As the admit before, which gateways of an earlier release go on with; a request's tokens are held too: those of its
-- prompts, and for each of its answers the longest allowed, else the mean of the key's last 50, else 4,096.
create function admit(key text, request text, most double precision, prompts double precision, answers double precision,
  longest double precision) returns text language plpgsql as $$
declare
  k api_key;
  r rate;
  held double precision;
  held_tokens double precision;
  answer double precision := longest;
  today double precision;
  month double precision;
begin
  select * into k from api_key where id = key for update;
  if not found or k.revoked is not null then return 'revoked'; end if;
  if k.expires <= now() then return 'expired'; end if;
  if k.tokens_per_minute is not null or k.budget_day is not null or k.budget_month is not null then
    delete from reservation where key_id = key and expires < now();
    select coalesce(sum(amount), 0), coalesce(sum(tokens), 0) into held, held_tokens from reservation where key_id = key;
  end if;
  if k.requests_per_minute is not null or k.tokens_per_minute is not null then
    insert into rate (key_id, minute) values (key, date_trunc('minute', now())) on conflict do nothing;
    select * into r from rate where key_id = key and minute = date_trunc('minute', now());
    if r.requests >= k.requests_per_minute then return 'requests'; end if;
    if r.tokens + held_tokens >= k.tokens_per_minute then return 'tokens'; end if;
  end if;
  if k.budget_day is not null or k.budget_month is not null then
    select coalesce(sum(cost) filter (where day = current_date), 0), coalesce(sum(cost), 0) into today, month
      from spend where key_id = key and day >= date_trunc('month', current_date);
    if today + held >= k.budget_day then return 'day'; end if;
    if month + held >= k.budget_month then return 'month'; end if;
  end if;
  if k.tokens_per_minute is not null and answer is null then
    select coalesce(avg(output_tokens), 4096) into answer
      from (select output_tokens from request where key_id = key and outcome = 'ok' order by at desc limit 50) as last;
  end if;
  if k.tokens_per_minute is not null or k.budget_day is not null or k.budget_month is not null then
    insert into reservation (request_id, key_id, amount, expires, tokens)
      values (request, key, most, now() + interval '15 minutes', prompts + answers * coalesce(answer, 0));
  end if;
  update rate set requests = requests + 1 where key_id = key and minute = date_trunc('minute', now());
  return null;
end $$;
`,
];

/** Brings a database up to date; several gateways may do so at once. */
export async function migrate(database: Database): Promise<void> {
  await database.script(`
    select pg_advisory_xact_lock(7467677);
    create table if not exists migration (version integer primary key, applied timestamptz not null default now())`);
  const known = async () =>
    new Set((await database.query("select version from migration")).map(({ version }) => version));
  const before = await known();
  for (const [i, sql] of migrations.entries()) {
    if (before.has(i + 1)) continue;
    try {
      await database.script(`
        select pg_advisory_xact_lock(7467677);
        insert into migration (version) values (${i + 1});
        ${sql}`);
    } catch (error) {
      // Another gateway was first.
      if (!(await known()).has(i + 1)) throw error;
    }
  }
  // Not where a newer gateway has been: its own function knows of more columns.
  await database.script(`
    select pg_advisory_xact_lock(7467677);
    do $do$ begin
      if (select max(version) from migration) = ${migrations.length} then
        execute $function$${takeIn}$function$;
      end if;
    end $do$`);
}
