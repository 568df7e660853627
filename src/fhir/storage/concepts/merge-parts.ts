import type { Part } from '../../../r4/terminology/read-resource.js';
import type { SqlSession } from '../session/sql-session.js';
import { copyText } from './copy-rows.js';

/** Something that one line of a release says of a code. */
export type CodePart = readonly [code: string, part: Part];

/** All that a release says of one code, in the order of its lines. */
export interface MergedCode {
  readonly code: string;
  readonly parts: readonly Part[];
}

/** Brings together what lines of several files say of the same code; PostgreSQL sorts them, on its disk where they are many. */
export type Merge = (parts: AsyncIterable<CodePart>) => AsyncIterable<MergedCode>;

const batchSize = 1_000_000;
const rowsAtOnce = 20_000;

interface Row {
  readonly code: string;
  readonly part: string;
}

/** Within the transaction of the session. */
export async function* mergeParts(session: SqlSession, parts: AsyncIterable<CodePart>): AsyncGenerator<MergedCode> {
  await store(session, parts);
  await session.count({
    text: `
      DECLARE loading_parts NO SCROLL CURSOR FOR SELECT code, part FROM loading_part ORDER BY code COLLATE "C", number`,
    values: [],
  });
  let open: { code: string; parts: Part[] } | undefined;
  for (;;) {
    const rows = await session.rows<Row & Record<string, unknown>>({
      text: `FETCH ${rowsAtOnce} FROM loading_parts`,
      values: [],
    });
    for (const { code, part } of rows) {
      const read = JSON.parse(part) as Part;
      if (open?.code === code) open.parts.push(read);
      else {
        if (open) yield open;
        open = { code, parts: [read] };
      }
    }
    if (rows.length < rowsAtOnce) break;
  }
  if (open) yield open;
}

async function store(session: SqlSession, parts: AsyncIterable<CodePart>): Promise<void> {
  await session.count({
    text: 'CREATE TEMPORARY TABLE loading_part (number integer, code text, part text) ON COMMIT DROP',
    values: [],
  });
  let batch: string[] = [];
  let size = 0;
  let number = 0;
  const flush = async (): Promise<void> => {
    await session.copy('loading_part', ['number', 'code', 'part'], [batch.join('')]);
    [batch, size] = [[], 0];
  };
  for await (const [code, part] of parts) {
    const row = `${number++}\t${copyText(code)}\t${copyText(JSON.stringify(part))}\n`;
    batch.push(row);
    size += row.length;
    if (size >= batchSize) await flush();
  }
  if (batch.length > 0) await flush();
}
