import type { MaskOf } from '../../../r4/model/mask-resource.js';
import { parseJson, writeJson } from '../../../r4/json/json.js';
import type { Subset } from '../../../r4/model/subset.js';
import { subsetText } from '../../../r4/model/subset-resource.js';
import type { Access } from '../../../scope/access.js';
import type { BinaryContents } from '../../storage/binary/binary-contents.js';
import type { ExportedRow } from '../../storage/exporting/export-rows.js';
import type { JobChunk } from '../../storage/jobs/job-files.js';
import { masked } from '../../storage/reading/masked.js';

/** How resources become lines for a caller. */
export interface LineForm {
  /** Under which rows of a type were found. */
  readonly accessTo: (type: string) => Access;
  readonly elements: Subset | undefined;
  readonly contents: BinaryContents;
}

/** Characters of lines that are encoded in one go. */
const atOnce = 1_048_576;
/** Deletions that one Bundle tells of. */
const entriesOfBundle = 1000;

/** The lines of rows of one type, each with its line break; a resource as its caller reads it. */
export const linesOf = (
  { kind, type }: Pick<JobChunk, 'kind' | 'type'>,
  rows: readonly ExportedRow[],
  form: LineForm,
): AsyncIterable<Buffer> | Iterable<Buffer> =>
  kind === 'deleted' ? deletions(type, rows) : resources(type, rows, form);

async function* resources(type: string, rows: readonly ExportedRow[], form: LineForm): AsyncGenerator<Buffer> {
  const access = form.accessTo(type);
  const subset = subsetFor(type, form.elements);
  const mayLieBeside = type === 'Binary' && !subset && isWhole(access.maskOf);
  let text = '';
  for (const row of rows) {
    const { body } = masked(access, row);
    const line = oneLine(subset ? await subsetText(body, subset) : body);
    const external = mayLieBeside ? await externalOf(row, form) : undefined;
    if (external) {
      yield Buffer.from(text);
      yield* withContent(line, form.contents.read(external, { first: 0, last: external.size - 1 }));
      text = '';
    } else text += `${line}\n`;
    if (text.length < atOnce) continue;
    yield Buffer.from(text);
    text = '';
  }
  if (text !== '') yield Buffer.from(text);
}

/** The content becomes `data`, the last element, on its way. */
async function* withContent(line: string, parts: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield Buffer.from(`${line.slice(0, -1)},"data":"`);
  for await (const part of parts) yield Buffer.from(part.toString('base64'), 'latin1');
  yield Buffer.from('"}\n');
}

const isWhole = (maskOf: MaskOf): boolean => maskOf('Binary').length === 0;

/** Content of a Binary that lies beside its body. */
const externalOf = async ({ id, versionId, body }: ExportedRow, { contents }: LineForm) =>
  /"data"\s*:/.test(body) ? undefined : contents.find({ id, versionId });

/** Elements are of the types that they are named with, or of all. */
function subsetFor(type: string, subset: Subset | undefined): Subset | undefined {
  if (!subset || !('elements' in subset)) return subset;
  const elements = subset.elements.filter((one) => one.type === undefined || one.type === type);
  return elements.length > 0 ? { elements } : undefined;
}

/** Stored text has no line breaks, unless an earlier release stored it. */
const oneLine = (text: string): string =>
  text.includes('\n') || text.includes('\r') ? writeJson(parseJson(text)) : text;

/** https://hl7.org/fhir/uv/bulkdata/export.html: Bundles with an entry for each deletion. */
function* deletions(type: string, rows: readonly Pick<ExportedRow, 'id'>[]): Generator<Buffer> {
  for (let start = 0; start < rows.length; start += entriesOfBundle) {
    const entry = rows
      .slice(start, start + entriesOfBundle)
      .map(({ id }) => ({ request: { method: 'DELETE', url: `${type}/${id}` } }));
    yield Buffer.from(`${JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry })}\n`);
  }
}
