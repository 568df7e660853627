/** Results go to the output, so that they can be piped; whatever is for people only goes beside it. */
export const print = (...lines: readonly string[]): void => void process.stdout.write(`${lines.join('\n')}\n`);
export const remark = (...lines: readonly string[]): void => void process.stderr.write(`${lines.join('\n')}\n`);

export const printJson = (value: unknown): void => print(JSON.stringify(value, null, 2));

/** Columns as wide as their widest cell; control characters of stored names do nothing to the terminal. */
export function printTable(header: readonly string[], rows: readonly (readonly string[])[]): void {
  const table = [header, ...rows].map((row) => row.map(harmless));
  const widths = header.map((_, column) => Math.max(...table.map((row) => (row[column] ?? '').length)));
  print(
    ...table.map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    ),
  );
}

export const harmless = (text: string): string => text.replace(/\p{C}/gu, '?');
