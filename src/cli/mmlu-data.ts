import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder, download, type RemoteFile, readEmbedded, readTextFile } from "../files/index.ts";
import { InputError } from "../input-error.ts";
import { type MmluResponses, mmluFromFiles } from "../pipelines/index.ts";
import { type MmluPack, readMmluPack } from "../questions/index.ts";
import { progressBar } from "./progress.ts";

const repository =
  "https://raw.githubusercontent.com/shuhao02/RouterDC/dadb87299f65fb8f1c1dddc30967a3907d0132dd/datasets";
const remote: readonly RemoteFile[] = [
  {
    name: "mmlu_train.json",
    url: `${repository}/split2_model7_cluster/mmlu_train.json`,
    sha256: "f07315933421304572fde4a2751c131757a7a3913ad5dad302390d4ee00e5d7d",
    bytes: 1_705_188,
  },
  {
    name: "mmlu_test.json",
    url: `${repository}/split2_model7/mmlu_test.json`,
    sha256: "e560163c00f717a23da5781cf7b76a4050abed0cd75b2244df3fc23d46ea379b",
    bytes: 3_578_099,
  },
];

/** The pack that comes with Tripos: RouterDC's MMLU responses and features, without the questions' texts. */
export function embeddedMmlu(): MmluPack {
  return readMmluPack(readEmbedded("mmlu.pack"), "data/mmlu.pack");
}

/** RouterDC's two files from a folder. */
export function mmluFromFolder(folder: string): MmluResponses {
  if (!existsSync(folder))
    throw new InputError("there is no such folder", { source: folder, hint: whatElse });
  if (!statSync(folder).isDirectory())
    throw new InputError("this is not a folder", {
      source: folder,
      expected: "the folder that holds the two files",
      hint: whatElse,
    });
  const [train, test] = remote.map(({ name }) => {
    const path = join(folder, name);
    if (!existsSync(path)) {
      const others = remote.filter((file) => file.name !== name && existsSync(join(folder, file.name)));
      throw new InputError("the file is missing", {
        source: path,
        found:
          others.length > 0
            ? `only ${others.map((file) => file.name).join(", ")}`
            : "neither of the two files",
        expected: "mmlu_train.json and mmlu_test.json",
        hint: whatElse,
      });
    }
    return { name: path, text: readTextFile(path) };
  });
  return mmluFromFiles(train, test);
}

/** RouterDC's two files from their public repository, or from the cache once they have been fetched. */
export async function downloadedMmlu(): Promise<MmluResponses> {
  const folder = join(cacheFolder(), "routerdc");
  const bar = progressBar("downloading", "bytes");
  const instead = `Open these two addresses by hand, save the files into one folder, and use --data FOLDER:\n  ${remote
    .map(({ url }) => url)
    .join("\n  ")}`;
  try {
    await download(remote, folder, { progress: bar.update, instead });
  } finally {
    bar.stop();
  }
  return mmluFromFolder(folder);
}

const whatElse = "Leave --data out to use the embedded responses, or fetch the files with --download.";
