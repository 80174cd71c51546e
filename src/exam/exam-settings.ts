import type { Exam } from "./exam.ts";
import { sha256 } from "./identity.ts";
import { choiceTemplate, type ExamItem, openTemplate } from "./question-file.ts";
import type { TakeOptions } from "./take.ts";

/** What determines the answers, apart from chance; without the key. */
export interface ExamSettings {
  /** SHA-256 of the exam's item names and of the questions' texts, answers and graders. */
  readonly exam: string;
  readonly questions: string;
  readonly model: string;
  readonly server: string;
  readonly api: "chat" | "completions";
  readonly template: string | { readonly choices: string; readonly open: string };
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly system?: string;
  readonly judge?: { readonly model: string; readonly server: string; readonly template?: string };
  readonly graderCommand?: string;
  readonly empty: "missing" | "wrong";
  readonly unparsed: "missing" | "wrong";
}

/** The settings of a sitting, as they are recorded and hashed. */
export async function settingsOf(
  exam: Exam,
  questions: readonly ExamItem[],
  { endpoint, template, judge, graderCommand, empty, unparsed = 0, fixed = false }: TakeOptions,
): Promise<ExamSettings> {
  const asked = (fixed ? undefined : exam.adaptive?.questions) ?? exam.questions;
  return {
    exam: await sha256(JSON.stringify(asked.map(({ item }) => item))),
    questions: await sha256(JSON.stringify(questions)),
    model: endpoint.model,
    server: new URL(endpoint.baseUrl).host,
    api: endpoint.api ?? "chat",
    template: template ?? { choices: choiceTemplate, open: openTemplate },
    ...(endpoint.system !== undefined && { system: endpoint.system }),
    parameters: endpoint.parameters ?? {},
    ...(judge && {
      judge: {
        model: judge.endpoint.model,
        server: new URL(judge.endpoint.baseUrl).host,
        ...(judge.template !== undefined && { template: judge.template }),
      },
    }),
    ...(graderCommand !== undefined && { graderCommand }),
    empty: empty === 0 ? "wrong" : "missing",
    unparsed: unparsed === 0 ? "wrong" : "missing",
  };
}
