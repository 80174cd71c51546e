import { spawn } from "node:child_process";
import type { ExamItem, Grade } from "../exam/index.ts";
import { InputError } from "../input-error.ts";

/**
 * The user's own grader: a shell command that gets {"item", "question", "answer", "choices", "response"} as JSON on its
 * standard input and prints a score from 0 to 1; nothing printed means that it found no answer.
 */
export function commandGrader(command: string, timeout = 300_000) {
  return (question: ExamItem, response: string): Promise<Grade> =>
    new Promise((resolve, reject) => {
      const failed = (found: string) =>
        reject(new InputError("the grader's command failed", { source: command, at: question.item, found }));
      const child = spawn(command, { shell: true, stdio: ["pipe", "pipe", "pipe"], timeout });
      let output = "";
      let complaint = "";
      child.stdout.on("data", (data: Buffer) => {
        output += data;
      });
      child.stderr.on("data", (data: Buffer) => {
        complaint = `${complaint}${data}`.slice(-500);
      });
      child.on("error", (error) => failed(error.message));
      child.on("close", (code, signal) => {
        if (code !== 0) return failed(`${signal ?? `exit code ${code}`} ${complaint.trim()}`.trim());
        const text = output.trim();
        const score = Number(text);
        if (text === "") return resolve({ score: undefined });
        if (!(score >= 0 && score <= 1))
          return failed(`${JSON.stringify(text.slice(0, 100))}, not a score from 0 to 1`);
        resolve({ score });
      });
      child.stdin.on("error", () => undefined);
      const { item, question: text, answer, choices } = question;
      child.stdin.end(JSON.stringify({ item, question: text, answer, choices, response }));
    });
}
