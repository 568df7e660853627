import type { SqlSession } from '../session/sql-session.js';
import { tenant } from '../session/tenant-parameter.js';

/** A loaded version of a code system. */
export interface LoadedSystem extends NewLoad {
  readonly loadedAt: Date;
}

export interface NewLoad {
  /** Number that leads its concepts. */
  readonly load: number;
  /** Of its CodeSystem. */
  readonly id: string;
  readonly url: string;
  /** Empty: it has none. */
  readonly version: string;
  readonly format: string;
  /** `complete`, or why it does not have all codes. */
  readonly content: string;
  readonly concepts: number;
  /** That rows of its concepts name by a character each, in the order of these (docs/adr/0172). */
  readonly phrases: readonly string[];
  readonly loadedBy: string;
}

const columns =
  'load, id, url, version, format, content, concepts, phrases, loaded_by AS "loadedBy", loaded_at AS "loadedAt"';

export const readLoads = (session: SqlSession): Promise<readonly LoadedSystem[]> =>
  session.rows<LoadedSystem & Record<string, unknown>>({
    text: `SELECT ${columns} FROM terminology_load WHERE tenant = ${tenant} ORDER BY url, version`,
    values: [],
  });

/** The load that holds the concepts of the CodeSystem with the id; undefined: it was not loaded. */
export async function findLoad(session: SqlSession, id: string): Promise<LoadedSystem | undefined> {
  const [found] = await session.rows<LoadedSystem & Record<string, unknown>>({
    text: `SELECT ${columns} FROM terminology_load WHERE tenant = ${tenant} AND id = $1::text`,
    values: [id],
  });
  return found;
}

/** Puts the load in the place of one before with the same id. */
export async function putLoad(session: SqlSession, loaded: NewLoad): Promise<void> {
  await deleteLoad(session, loaded.id);
  const { load, id, url, version, format, content, concepts, phrases, loadedBy } = loaded;
  await session.count({
    text: `
      INSERT INTO terminology_load (tenant, load, id, url, version, format, content, concepts, phrases, loaded_by)
      VALUES (${tenant}, $1::integer, $2::text, $3::text, $4::text, $5::text, $6::text, $7::integer, $8::text[], $9::text)`,
    values: [load, id, url, version, format, content, concepts, phrases, loadedBy],
  });
}

export const deleteLoad = (session: SqlSession, id: string): Promise<number> =>
  session.count({ text: `DELETE FROM terminology_load WHERE tenant = ${tenant} AND id = $1::text`, values: [id] });

const concepts = 20_000;

/** Takes out concepts of loads that are not listed any more: they were replaced or removed. */
export async function sweepConcepts(session: SqlSession): Promise<void> {
  for (const load of await sweptLoads(session)) {
    for (let from = 0; ; from += concepts) {
      const [next] = await session.rows<{ more: boolean }>({
        text: `
          SELECT EXISTS (SELECT FROM terminology_concept WHERE tenant = ${tenant} AND load = $1::integer AND concept > $2::integer) AS more`,
        values: [load, from],
      });
      if (!next?.more) break;
      await session.count({
        text: `
          DELETE FROM terminology_concept
          WHERE tenant = ${tenant} AND load = $1::integer AND concept > $2::integer AND concept <= $3::integer`,
        values: [load, from, from + concepts],
      });
    }
    await session.count({
      text: `DELETE FROM terminology_posting WHERE tenant = ${tenant} AND load = $1::integer`,
      values: [load],
    });
  }
}

/** Each by a step of the index, so that no table is read whole. */
async function sweptLoads(session: SqlSession): Promise<readonly number[]> {
  const listed = new Set((await readLoads(session)).map(({ load }) => load));
  const swept: number[] = [];
  for (let last = 0; ;) {
    const [found] = await session.rows<{ next: number | null }>({
      text: `SELECT min(load) AS next FROM terminology_posting WHERE tenant = ${tenant} AND load > $1::integer`,
      values: [last],
    });
    if (typeof found?.next !== 'number') return swept;
    last = found.next;
    if (!listed.has(last)) swept.push(last);
  }
}
