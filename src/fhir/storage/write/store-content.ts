import { FhirError } from '../../model/fhir-error.js';
import { ChangesFailed, type Written } from '../change.js';
import { LostRace } from '../database-failure.js';
import { IdTaken } from '../id-taken.js';
import type { SqlSession } from '../sql-session.js';
import type { PlannedContent } from './planned-change.js';
import { byKey } from './resource-key.js';
import type { ResourceRow, ResourceRows } from './resource-row.js';
import { insertStatement, upsertStatement } from './row-statements.js';

/** A statement takes so many rows, or so many characters, whichever comes first. */
const chunkRows = 250;
const chunkLength = 2_000_000;

/** Stores new versions in key order. Rows are made chunk by chunk, so that large writes do not block for long. */
export async function storeContent(
  session: SqlSession,
  rows: ResourceRows,
  plans: readonly PlannedContent[],
  results: Map<number, Written>,
): Promise<void> {
  const sorted = plans.toSorted((a, b) => byKey(a.change, b.change));
  for (const chunk of chunks(rows, sorted.filter(isCreate), results)) await insert(session, chunk);
  for (const chunk of chunks(
    rows,
    sorted.filter((plan) => !isCreate(plan)),
    results,
  ))
    await upsert(session, chunk);
}

const isCreate = ({ change }: PlannedContent): boolean => change.kind === 'create';

async function insert(session: SqlSession, chunk: readonly string[]): Promise<void> {
  try {
    await session.count(insertStatement(`[${chunk.join(',')}]`));
  } catch (error) {
    const isDuplicate = error instanceof Error && 'code' in error && error.code === '23505';
    throw isDuplicate ? new IdTaken() : error;
  }
}

async function upsert(session: SqlSession, chunk: readonly string[]): Promise<void> {
  const stored = await session.count(upsertStatement(`[${chunk.join(',')}]`));
  if (stored < chunk.length) throw new LostRace();
}

function* chunks(
  rows: ResourceRows,
  plans: readonly PlannedContent[],
  results: Map<number, Written>,
): Generator<readonly string[]> {
  let chunk: string[] = [];
  let length = 0;
  for (const plan of plans) {
    const { written, json } = buildRow(rows, plan);
    results.set(plan.index, written);
    chunk.push(json);
    length += json.length;
    if (chunk.length < chunkRows && length < chunkLength) continue;
    yield chunk;
    chunk = [];
    length = 0;
  }
  if (chunk.length > 0) yield chunk;
}

function buildRow(rows: ResourceRows, { index, change, next }: PlannedContent): ResourceRow {
  try {
    return rows.build(change, next);
  } catch (error) {
    throw error instanceof FhirError ? new ChangesFailed([{ index, error }]) : error;
  }
}
