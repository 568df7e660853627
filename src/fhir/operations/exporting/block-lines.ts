import type { ExportedRow } from '../../storage/exporting/export-rows.js';
import { linesOf, type LineForm } from './export-lines.js';

/** A row in the block of a patient. */
export interface PlacedRow {
  readonly row: ExportedRow;
  /** As `Patient/p1`. */
  readonly patient: string;
}

/**
 * The lines of blocks: a Parameters resource that names the patient, then what is in the record
 * (https://hl7.org/fhir/uv/bulkdata/export.html#bulk-data-output-file-organization). `after`: the patient whose block the file is in;
 * `begin` is told of each header.
 */
export async function* blockLines(
  rows: readonly PlacedRow[],
  form: LineForm,
  { after, begin }: { readonly after: string | undefined; readonly begin: (patient: string) => void },
): AsyncGenerator<Buffer> {
  let current = after;
  for (const { patient, type, run } of runsOf(rows)) {
    if (patient !== current) {
      begin(patient);
      yield Buffer.from(headerOf(patient));
    }
    current = patient;
    yield* linesOf({ kind: 'output', type }, run, form);
  }
}

const headerOf = (reference: string): string =>
  `${JSON.stringify({ resourceType: 'Parameters', parameter: [{ name: 'header', valueReference: { reference } }] })}\n`;

/** Rows of one patient and one type that follow each other. */
function* runsOf(rows: readonly PlacedRow[]) {
  for (let start = 0; start < rows.length;) {
    const { patient, row } = rows[start]!;
    let end = start + 1;
    while (end < rows.length && rows[end]!.patient === patient && rows[end]!.row.type === row.type) end++;
    yield { patient, type: row.type, run: rows.slice(start, end).map((one) => one.row) };
    start = end;
  }
}
