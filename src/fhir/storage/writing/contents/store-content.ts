import { FhirError } from '../../../../r4/errors/fhir-error.js';
import { Turns } from '../../../../r4/json/turns.js';
import { ChangesFailed, type Written } from '../change.js';
import { LostRace } from '../../session/database-failure.js';
import type { IndexedBy } from '../../indexing/index-columns.js';
import type { SqlSession } from '../../session/sql-session.js';
import type { StoredVersion } from '../../reading/stored-version.js';
import type { PlannedContent } from '../next-version.js';
import { byKey } from '../resource-key.js';
import type { ResourceRow, ResourceRows } from '../resource-row.js';
import { archiveStatement, insertStatement, type RowsToStore, upsertStatement } from '../statements/row-statements.js';

/** 409: an id that the application made for a new resource is in use. */
export class IdTaken extends FhirError {
  readonly status = 409;

  constructor() {
    super({ code: 'conflict', diagnostics: 'The id of a new resource is already in use. Send the request again.' });
  }
}

/**
 * A statement takes so many rows, or so many characters, whichever comes first. Rows of larger chunks live for long enough to be
 * moved to the old generation of the heap, which is seldom collected.
 */
const chunkRows = 250;
const chunkLength = 400_000;

/** Characters of bodies that are held for the answer; those beyond are made again of the parsed contents, which are held anyway. */
const heldLength = 2_000_000;

/** Rows for one statement, and the versions that they replace. */
interface Chunk {
  readonly rows: RowsToStore;
  readonly replaced: readonly StoredVersion[];
  readonly size: number;
}

/** Stores new versions in key order. Rows are made chunk by chunk, so that large writes do not block for long. */
export async function storeContent(
  session: SqlSession,
  rows: ResourceRows,
  plans: readonly PlannedContent[],
  results: Map<number, Written>,
): Promise<void> {
  const sorted = plans.toSorted((a, b) => byKey(a.change, b.change));
  const others = sorted.filter((plan) => !isCreate(plan));
  const { indexedBy } = rows;
  for await (const chunk of chunks(rows, sorted.filter(isCreate), results)) await insert(session, chunk.rows, rows);
  for await (const chunk of chunks(rows, others, results)) {
    if (chunk.replaced.length > 0) await session.count(archiveStatement(chunk.replaced));
    await upsert(session, chunk, indexedBy);
  }
}

const isCreate = ({ change }: PlannedContent): boolean => change.kind === 'create';

async function insert(session: SqlSession, made: RowsToStore, rows: ResourceRows): Promise<void> {
  try {
    await session.count(insertStatement(made, rows.indexedBy));
  } catch (error) {
    const isDuplicate = error instanceof Error && 'code' in error && error.code === '23505';
    if (!isDuplicate) throw error;
    rows.stamps.noteTaken();
    throw new IdTaken();
  }
}

async function upsert(session: SqlSession, chunk: Chunk, indexedBy: IndexedBy): Promise<void> {
  const stored = await session.count(upsertStatement(chunk.rows, indexedBy));
  if (stored < chunk.size) throw new LostRace();
}

/** One version for a statement of its own; undefined where it is unchanged. */
export function rowsOf({ written, json }: ResourceRow): RowsToStore | undefined {
  if (json === undefined) return undefined;
  const types = [written.type];
  return typeof json === 'string' ? { json: `[${json}]`, types } : { json, types, body: written.body };
}

/** A version whose body is made anew for each who asks for it. */
function withoutText({ written: { body, ...version }, bodyAgain = () => body }: ResourceRow): Written {
  return {
    ...version,
    get body() {
      return bodyAgain();
    },
  };
}

/** Yields rows to store, in chunks, a large one alone; unchanged content is answered and not stored. */
async function* chunks(
  rows: ResourceRows,
  plans: readonly PlannedContent[],
  results: Map<number, Written>,
): AsyncGenerator<Chunk> {
  const turns = new Turns();
  let chunk = new OpenChunk();
  let held = 0;
  for (const plan of plans) {
    await turns.next();
    const row = await buildRow(rows, plan);
    const { written, json } = row;
    held += written.body.length;
    results.set(plan.index, held > heldLength ? withoutText(row) : written);
    if (json === undefined) continue;
    const { previous } = plan.next;
    if (typeof json !== 'string') {
      if (!chunk.isEmpty) yield chunk.closed;
      chunk = new OpenChunk();
      yield { rows: rowsOf({ written, json })!, replaced: previous ? [previous] : [], size: 1 };
      continue;
    }
    chunk.add(json, plan);
    if (!chunk.isFull) continue;
    yield chunk.closed;
    chunk = new OpenChunk();
  }
  if (!chunk.isEmpty) yield chunk.closed;
}

/** Rows that are collected for one statement. */
class OpenChunk {
  private readonly rows: string[] = [];
  private readonly types = new Set<string>();
  private readonly replaced: StoredVersion[] = [];
  private length = 0;

  add(json: string, { change, next }: PlannedContent): void {
    this.rows.push(json);
    this.types.add(change.type);
    if (next.previous) this.replaced.push(next.previous);
    this.length += json.length;
  }

  get isEmpty(): boolean {
    return this.rows.length === 0;
  }

  get isFull(): boolean {
    return this.rows.length >= chunkRows || this.length >= chunkLength;
  }

  get closed(): Chunk {
    const { rows, types, replaced } = this;
    return { rows: { json: `[${rows.join(',')}]`, types: [...types] }, replaced, size: rows.length };
  }
}

/** Throws {@link ChangesFailed}. */
export async function buildRow(rows: ResourceRows, plan: PlannedContent): Promise<ResourceRow> {
  try {
    return await rows.build(plan);
  } catch (error) {
    throw error instanceof FhirError ? new ChangesFailed([{ index: plan.index, error }]) : error;
  }
}
