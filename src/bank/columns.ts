import { parquetMetadata, parquetRead } from "hyparquet";
import { type ColumnSource, parquetWriteBuffer } from "hyparquet-writer";
import { InputError } from "../input-error.ts";

/** A named column of numbers or strings, all of one length. */
export type Columns = ReadonlyMap<string, Float64Array | Uint32Array | readonly string[]>;

/** A Parquet file of named columns; NaN becomes null, which databases leave out of means where they would keep NaN. */
export function writeColumns(columns: Columns): Uint8Array {
  const columnData = [...columns].map(([name, data]): ColumnSource => {
    if (data instanceof Float64Array) {
      const nullable = data.some(Number.isNaN);
      const values = nullable ? Array.from(data, (value) => (Number.isNaN(value) ? null : value)) : data;
      return { name, data: values, type: "DOUBLE", nullable };
    }
    if (data instanceof Uint32Array)
      return { name, data: Int32Array.from(data), type: "INT32", nullable: false };
    return { name, data: [...data], type: "STRING", nullable: false };
  });
  return new Uint8Array(parquetWriteBuffer({ columnData }));
}

/**
 * The columns of a Parquet file by name.
 * @throws InputError if it is not Parquet, or cut off
 */
export async function readColumns(bytes: Uint8Array, source: string): Promise<Map<string, unknown[]>> {
  const file = new Uint8Array(bytes).buffer;
  const columns = new Map<string, unknown[]>();
  try {
    const metadata = parquetMetadata(file);
    const rows = Number(metadata.num_rows);
    for (const { name } of metadata.schema.slice(1)) columns.set(name, new Array(rows));
    await parquetRead({
      file,
      metadata,
      onChunk: ({ columnName, columnData, rowStart }) => {
        const column = columns.get(columnName);
        if (column) for (let r = 0; r < columnData.length; r++) column[rowStart + r] = columnData[r];
      },
    });
  } catch (error) {
    throw new InputError("the Parquet file cannot be read", { source, found: (error as Error).message });
  }
  return columns;
}
