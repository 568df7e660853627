import type { Part } from '../../../r4/terminology/read-resource.js';
import { copyText } from './copy-rows.js';
import type { StatementsInOrder } from './statements-in-order.js';

/** Something that one line of a release says of a code. */
export type CodePart = readonly [code: string, part: Part];

/** All that a release says of one code, in the order of its lines. */
export interface MergedCode {
  readonly code: string;
  readonly parts: readonly Part[];
}

/** Brings together what lines of several files say of the same code; PostgreSQL sorts them, on its disk where they are many. */
export type Merge = (parts: AsyncIterable<CodePart>) => AsyncIterable<MergedCode>;

/** Characters of parts that are gathered before they go to PostgreSQL, so that parts of one code that stand near each other are one row. */
const mostGathered = 4_000_000;
const rowsAtOnce = 2000;

interface Row {
  readonly code: string;
  readonly parts: string;
}

/** Within the transaction of the session. The next rows are on their way while those before are worked on. */
export async function* mergeParts(
  session: StatementsInOrder,
  parts: AsyncIterable<CodePart>,
): AsyncGenerator<MergedCode> {
  await store(session, parts);
  await session.count({ text: `SET LOCAL work_mem = '64MB'`, values: [] });
  await session.count({
    text: `
      DECLARE loading_parts NO SCROLL CURSOR FOR
      SELECT code, string_agg(parts, ',' ORDER BY number) AS parts FROM loading_part GROUP BY code ORDER BY code`,
    values: [],
  });
  const fetch = (): Promise<readonly Row[]> =>
    session.rows<Row & Record<string, unknown>>({ text: `FETCH ${rowsAtOnce} FROM loading_parts`, values: [] });
  let next = fetch();
  for (;;) {
    const rows = await next;
    const isLast = rows.length < rowsAtOnce;
    if (!isLast) next = fetch();
    // Who stops to read has another mistake to tell.
    next.catch(() => undefined);
    for (const { code, parts: said } of rows) yield { code, parts: JSON.parse(`[${said}]`) as Part[] };
    if (isLast) break;
  }
}

async function store(session: StatementsInOrder, parts: AsyncIterable<CodePart>): Promise<void> {
  await session.count({
    text: 'CREATE TEMPORARY TABLE loading_part (number integer, code text COLLATE "C", parts text) ON COMMIT DROP',
    values: [],
  });
  let gathered = new Map<string, string>();
  let size = 0;
  let number = 0;
  const flush = async (): Promise<void> => {
    number++;
    const rows = Array.from(gathered, ([code, said]) => `${number}\t${copyText(code)}\t${copyText(said)}\n`);
    [gathered, size] = [new Map(), 0];
    await session.copyAhead('loading_part', ['number', 'code', 'parts'], [rows.join('')]);
  };
  for await (const [code, part] of parts) {
    const text = JSON.stringify(part);
    const before = gathered.get(code);
    gathered.set(code, before === undefined ? text : `${before},${text}`);
    size += text.length;
    if (size >= mostGathered) await flush();
  }
  if (gathered.size > 0) await flush();
}
