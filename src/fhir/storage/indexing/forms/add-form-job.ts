import { readState } from '../definition-rows.js';
import { addJob } from '../index-job.js';
import { tenant } from '../../session/tenant-parameter.js';
import type { SqlSession } from '../../session/sql-session.js';

/** As long as servers of another release write, there is one job after the other; these seconds lie between them. */
const pauseSeconds = 5;
const pauseAfterFailureSeconds = 60;

/**
 * Adds a job that indexes rows of other forms anew, with a generation of its own: whoever writes such rows later is noted anew.
 * False when there is one, or was a moment ago.
 */
export function addFormJob(session: SqlSession, types: readonly string[]): Promise<boolean> {
  return session.transaction(async (tx) => {
    const { generation } = await readState(tx, 'FOR UPDATE');
    const recent = await tx.rows({
      text: `
        SELECT FROM index_job WHERE tenant = ${tenant} AND kind = 'form' AND (state IN ('open', 'taken')
          OR finished > now() - CASE state WHEN 'failed' THEN ${pauseAfterFailureSeconds} ELSE ${pauseSeconds} END * interval '1 s')
        LIMIT 1`,
      values: [],
    });
    if (recent.length > 0) return false;
    await addJob(tx, { kind: 'form', types, generation: generation + 1, settles: false });
    await tx.count({
      text: `
        UPDATE search_definition SET generation = generation + 1, revision = revision + 1 WHERE tenant = ${tenant}`,
      values: [],
    });
    return true;
  });
}
