import { Command } from "commander";
import { examDesignCommand } from "./exam-design.ts";
import { examScoreCommand } from "./exam-score.ts";
import { examTakeCommand } from "./exam-take.ts";

/** `tripos exam`: design, take and score. */
export function examCommand(): Command {
  return new Command("exam")
    .description("measure a model with few questions: design an exam, take it, score the answers")
    .addCommand(examDesignCommand())
    .addCommand(examTakeCommand())
    .addCommand(examScoreCommand());
}
