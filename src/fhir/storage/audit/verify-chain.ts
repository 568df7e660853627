import { type ChainEnd, seal } from '../../../audit/audit-chain.js';
import { tenant } from '../session/tenant-parameter.js';
import { tableOf, wholeRowsOf } from '../partitions.js';
import type { SqlSession } from '../session/sql-session.js';

/** Links of one statement. */
const batchLinks = 1_000;

export interface ChainReport {
  /** AuditEvents that were looked at. */
  readonly checked: number;
  /** End of the chain, to compare with the positions of an earlier report. */
  readonly end: ChainEnd;
  /** AuditEvents that were erased after their time (setting AUDIT_RETENTION). */
  readonly erased: number;
  /** Records that no AuditEvent was made of yet. */
  readonly unsealed: number;
  /** The first thing that is wrong; absent when nothing is. */
  readonly fault?: string;
}

interface Chain {
  readonly begin: ChainEnd;
  readonly end: ChainEnd;
}

interface Link extends Record<string, unknown> {
  readonly position: string;
  readonly id: string;
  readonly hash: Buffer;
  readonly body: string | null;
}

/**
 * Walks the chain of hashes from its first link to its end. `noted`: a hash that an earlier report told, by its position; it
 * shows a chain that was made anew.
 */
export async function verifyChain(session: SqlSession, noted?: ChainEnd): Promise<ChainReport> {
  const { begin, end } = await readChain(session);
  const unsealed = await countOf(session, `audit_record WHERE tenant = ${tenant}`);
  const { last, fault } = await walk(session, { begin, end }, noted);
  // Events that were erased meanwhile are not missing.
  if (fault !== undefined && (await readChain(session)).begin.position > begin.position)
    return verifyChain(session, noted);
  const wrong = fault ?? faultOfEnd(last, end) ?? faultOfMissingNote(noted, end) ?? (await strangers(session));
  const checked = last.position - begin.position;
  return { end, erased: begin.position, unsealed, checked, ...(wrong !== undefined && { fault: wrong }) };
}

/** As far as the links hold. */
async function walk(
  session: SqlSession,
  { begin, end }: Chain,
  noted: ChainEnd | undefined,
): Promise<{ readonly last: ChainEnd; readonly fault?: string }> {
  let last = begin;
  while (last.position < end.position) {
    const links = await readLinks(session, last.position, end.position);
    if (links.length === 0) return { last };
    for (const link of links) {
      const fault = faultOf(last, link) ?? faultOfNote(link, noted);
      if (fault !== undefined) return { last, fault };
      last = { position: Number(link.position), hash: link.hash };
    }
  }
  return { last };
}

function faultOf(last: ChainEnd, { position, id, hash, body }: Link): string | undefined {
  const expected = last.position + 1;
  if (Number(position) !== expected) return `Position ${expected} is missing: the next seal is that of ${position}.`;
  if (body === null) return `AuditEvent/${id} at position ${position} is missing.`;
  return seal(last, body).hash.equals(hash)
    ? undefined
    : `AuditEvent/${id} at position ${position} is not what was sealed.`;
}

const faultOfNote = ({ position, hash }: Link, noted: ChainEnd | undefined): string | undefined =>
  noted?.position !== Number(position) || noted.hash.equals(hash)
    ? undefined
    : `The hash at position ${position} is not the one that was noted: the chain was made anew.`;

const faultOfMissingNote = (noted: ChainEnd | undefined, end: ChainEnd): string | undefined =>
  noted === undefined || noted.position <= end.position
    ? undefined
    : `The chain ends at position ${end.position}, before the noted position ${noted.position}.`;

const faultOfEnd = (last: ChainEnd, end: ChainEnd): string | undefined =>
  last.position === end.position && last.hash.equals(end.hash)
    ? undefined
    : `The chain ends at position ${last.position}, but position ${end.position} was sealed.`;

/** AuditEvents that somebody else put there. */
async function strangers(session: SqlSession): Promise<string | undefined> {
  const [found] = await session.rows<{ id: string }>({
    text:
      `SELECT r.id FROM ${tableOf('AuditEvent')} AS r WHERE r.tenant = ${tenant} AND NOT EXISTS ` +
      `(SELECT FROM audit_seal AS s WHERE s.tenant = r.tenant AND s.id = r.id) LIMIT 1`,
    values: [],
  });
  return found && `AuditEvent/${found.id} has no seal: this server did not make it.`;
}

async function readChain(session: SqlSession): Promise<Chain> {
  const [row] = await session.rows<{ position: string; hash: Buffer; erased_position: string; erased_hash: Buffer }>({
    text: `SELECT position, hash, erased_position, erased_hash FROM audit_chain WHERE tenant = ${tenant}`,
    values: [],
  });
  const { position, hash, erased_position: erased, erased_hash: erasedHash } = row!;
  return { begin: { position: Number(erased), hash: erasedHash }, end: { position: Number(position), hash } };
}

/** Each AuditEvent is looked up by its key: as a join, a database without statistics put all of them together for each link. */
const readLinks = (session: SqlSession, after: number, end: number): Promise<Link[]> =>
  session.rows<Link>({
    text:
      `SELECT s.position, s.id, s.hash, event.body FROM (SELECT position, id, hash FROM audit_seal ` +
      `WHERE tenant = ${tenant} AND position > $1::bigint AND position <= $2::bigint ORDER BY position LIMIT ${batchLinks}) AS s ` +
      `LEFT JOIN LATERAL (SELECT CASE WHEN r.version = 1 AND NOT r.deleted THEN r.body END AS body FROM ${wholeRowsOf('AuditEvent')} AS r ` +
      `WHERE r.tenant = ${tenant} AND r.type = 'AuditEvent' AND r.id = s.id OFFSET 0) AS event ON true ORDER BY s.position`,
    values: [after, end],
  });

async function countOf(session: SqlSession, from: string): Promise<number> {
  const [counted] = await session.rows<{ count: number }>({
    text: `SELECT count(*)::integer AS count FROM ${from}`,
    values: [],
  });
  return counted!.count;
}
