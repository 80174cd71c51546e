import { Command } from "commander";
import { examCompareCommand } from "./exam-compare.ts";
import { examDesignCommand } from "./exam-design.ts";
import { examScoreCommand } from "./exam-score.ts";
import { examTakeCommand } from "./exam-take.ts";

/** `tripos exam`: design, take, score and compare. */
export function examCommand(): Command {
  return new Command("exam")
    .description(
      "measure a model with few questions: design an exam, take it, score the answers, compare ways to do so",
    )
    .addCommand(examDesignCommand())
    .addCommand(examTakeCommand())
    .addCommand(examScoreCommand())
    .addCommand(examCompareCommand());
}
