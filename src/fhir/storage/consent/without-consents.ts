import type { QueryResultRow } from 'pg';
import type { Access } from '../../../scope/access.js';
import { noConsent } from './withheld-predicate.js';
import type { SqlSession } from '../sql-session.js';
import type { Statement } from '../statement.js';

/** After some Consent was found to deny something, statements are sent whole for so long, in ms. */
const rememberedFor = 60_000;

/** An access, or the same as it is where no Consent denies anything. */
export type Judged = <A extends Access>(access: A) => A;

/**
 * Where no Consent denies anything, its conditions would take longer to plan than all the rest. So a statement is sent
 * without them first, with the one condition that no Consent denies anything: it is looked at in the same snapshot as the
 * rows, so that none can be missed. When that finds nothing, the whole statement is sent.
 */
export class WithoutConsents {
  private deniedAt = -Infinity;

  /** `accesses`: of the rows that are looked for. `compile`: the statement under the accesses as `judged` gives them. */
  async rows<R extends QueryResultRow>(
    session: SqlSession,
    accesses: readonly Access[],
    compile: (judged: Judged) => Statement,
  ): Promise<R[]> {
    const isShorter = accesses.some((access) => access.withoutConsent !== access);
    if (!isShorter || performance.now() - this.deniedAt < rememberedFor) return session.rows<R>(compile(whole));
    const found = await session.rows<R>(whereNoneDenies(compile(lifted)));
    if (found.length > 0) return found;
    const judged = await session.rows<R>(compile(whole));
    if (judged.length > 0) this.deniedAt = performance.now();
    return judged;
  }
}

const whole: Judged = (access) => access;
const lifted: Judged = <A extends Access>(access: A) => access.withoutConsent as A;

const whereNoneDenies = ({ text, ...rest }: Statement): Statement => ({
  ...rest,
  text: `SELECT * FROM (${text}) AS found WHERE ${noConsent}`,
});
