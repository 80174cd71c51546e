// Bundles the programs of worker threads and writes each as a text in a module, so that they run from any bundle.
import { writeFileSync } from "node:fs";
import { build } from "vite";

const programs = {
  sweepProgram: "src/kernels/sweep-worker",
  mmlProgram: "src/irt/mml/worker",
};

for (const [name, path] of Object.entries(programs)) {
  const [{ output }] = await build({
    configFile: false,
    logLevel: "warn",
    build: { lib: { entry: `${path}.ts`, formats: ["iife"], name: "program" }, write: false, minify: true },
  });
  writeFileSync(
    `${path}.program.ts`,
    `// Made by scripts/build-workers.js from ${path}.ts.\nexport const ${name} =\n  ${JSON.stringify(output[0].code)};\n`,
  );
}
