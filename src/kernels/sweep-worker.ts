import { logisticSweeper, type SweepJob, type SweepSide } from "./logistic-sweep.ts";
import { answerMessages } from "./threads.ts";
import { kernelModule } from "./wasm.ts";

type Message = { readonly sides: readonly SweepSide[] } | { readonly job: SweepJob };

let run: (job: SweepJob) => void;

answerMessages((message: Message) => {
  if ("job" in message) run(message.job);
  else run = logisticSweeper(kernelModule(), message.sides);
  return { result: undefined };
});
