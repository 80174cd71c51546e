// Compiles src/kernels/assembly to WebAssembly and writes it as a module that any runtime can import.
import { writeFileSync } from "node:fs";
import asc from "assemblyscript/asc";

const { error, stderr, binary } = await compile();
if (error) {
  process.stderr.write(stderr);
  process.exit(1);
}
const base64 = Buffer.from(binary).toString("base64");
writeFileSync(
  "src/kernels/kernels.wasm.ts",
  `// Made by scripts/build-kernels.js from src/kernels/assembly.\nexport const kernelsBase64 =\n  "${base64}";\n`,
);

async function compile() {
  let binary = new Uint8Array();
  const { error, stderr } = await asc.main(
    "src/kernels/assembly/index.ts -O3 --noAssert --converge --enable simd --runtime stub --importMemory --outFile kernels.wasm".split(
      " ",
    ),
    {
      writeFile(name, contents) {
        if (name.endsWith(".wasm")) binary = contents;
      },
    },
  );
  return { error, stderr: stderr.toString(), binary };
}
