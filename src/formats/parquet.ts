import {
  type DecodedArray,
  type FileMetaData,
  parquetMetadataAsync,
  parquetRead,
  parquetSchema,
} from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { ByteWriter, type ColumnSource, ParquetWriter, schemaFromColumnData } from "hyparquet-writer";
import { InputError } from "../input-error.ts";
import type { Source } from "./source.ts";

/** An open Parquet file: what it holds, and its rows group by group. */
export interface ParquetFile {
  readonly columns: readonly string[];
  readonly rows: number;
  /** The key-value metadata of the file. */
  readonly metadata: Readonly<Record<string, string>>;
  /** The values of `columns` of each row group in turn; null where a value is missing. */
  groups(columns: readonly string[]): AsyncGenerator<ParquetGroup>;
}

interface ParquetGroup {
  readonly rows: number;
  readonly values: Readonly<Record<string, DecodedArray>>;
}

/** Opens a Parquet file of flat columns. @throws InputError where it is cut or damaged */
export async function openParquet(source: Source): Promise<ParquetFile> {
  const damaged = (error: unknown) =>
    error instanceof InputError
      ? error
      : new InputError("this is not a whole Parquet file", {
          source: source.name,
          found: (error as Error).message,
          hint: "The file is cut off or damaged; copy or make it again.",
        });
  const metadata: FileMetaData = await parquetMetadataAsync(source).catch((error: unknown) => {
    throw damaged(error);
  });
  return {
    columns: parquetSchema(metadata).children.map((child) => child.element.name),
    rows: Number(metadata.num_rows),
    metadata: Object.fromEntries(
      (metadata.key_value_metadata ?? []).map(({ key, value }) => [key, value ?? ""]),
    ),
    async *groups(columns) {
      let rowStart = 0;
      for (const { num_rows: count } of metadata.row_groups) {
        const rows = Number(count);
        const parts: Record<string, DecodedArray[]> = {};
        try {
          await parquetRead({
            file: source,
            metadata,
            compressors,
            columns: [...columns],
            rowStart,
            rowEnd: rowStart + rows,
            onChunk: (chunk) => {
              parts[chunk.columnName] ??= [];
              parts[chunk.columnName].push(chunk.columnData);
            },
          });
        } catch (error) {
          throw damaged(error);
        }
        const values = Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, joined(part)]));
        for (const name of columns)
          if (values[name]?.length !== rows)
            throw damaged(
              new Error(`column ${name} has ${values[name]?.length ?? 0} values, ${rows} announced`),
            );
        yield { rows, values };
        rowStart += rows;
      }
    },
  };
}

function joined(parts: readonly DecodedArray[]): DecodedArray {
  if (parts.length === 1) return parts[0];
  const whole: unknown[] = [];
  for (const part of parts) for (let i = 0; i < part.length; i++) whole.push(part[i]);
  return whole as DecodedArray;
}

/** Columns of one row group after the other; all have the same names and types. */
export function writeParquet(
  groups: Iterable<readonly ColumnSource[]>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const writer = new ByteWriter();
  let file: ParquetWriter | undefined;
  for (const columnData of groups) {
    file ??= new ParquetWriter({
      writer,
      schema: schemaFromColumnData({ columnData: [...columnData] }),
      kvMetadata: Object.entries(metadata).map(([key, value]) => ({ key, value })),
      createdBy: "tripos",
    });
    file.write({ columnData: [...columnData], rowGroupSize: columnData[0].data.length });
  }
  if (!file) throw new RangeError("a Parquet file needs at least one row group");
  file.finish();
  return new Uint8Array(writer.getBuffer());
}
