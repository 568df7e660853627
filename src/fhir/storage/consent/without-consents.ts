import type { QueryResultRow } from 'pg';
import type { Access } from '../../../scope/access.js';
import { noConsent } from './withheld-predicate.js';
import type { SqlSession } from '../session/sql-session.js';
import type { Statement } from '../session/statement.js';
import { isNothing, whereHolds } from '../session/where-holds.js';

/** After some Consent was found to deny something, statements are sent whole for so long, in ms. */
const rememberedFor = 60_000;

/** An access, or the same as it is where no Consent denies anything. */
export type ConsentLift = <A extends Access>(access: A) => A;

/**
 * Sends a statement without the conditions of Consents first: where no Consent denies anything, they would take longer
 * to plan than all the rest. That statement has one condition, that no Consent denies anything, evaluated in the same
 * snapshot as the rows, so that none can be missed. Where it holds, an empty result is one row of nulls; where it does
 * not, there is no row, and the whole statement is sent.
 */
export class WithoutConsents {
  private deniedAt = -Infinity;

  /** `accesses`: of the rows that are looked for. `compile`: the statement under the accesses as `judged` gives them. */
  rows<R extends QueryResultRow>(
    session: SqlSession,
    accesses: readonly Access[],
    compile: (judged: ConsentLift) => Statement,
  ): Promise<R[]> {
    return !isConcerned(accesses) || this.isDenied
      ? session.rows<R>(compile(whole))
      : this.rowsUnlessDenied<R>(session, compile);
  }

  private async rowsUnlessDenied<R extends QueryResultRow>(
    session: SqlSession,
    compile: (judged: ConsentLift) => Statement,
  ): Promise<R[]> {
    const found = await session.rows<R>(whereNoneDenies(compile(lifted)));
    const [first] = found;
    if (first) return isNothing(first) ? [] : found;
    this.noteDenied();
    return session.rows<R>(compile(whole));
  }

  /** How a statement that may fail is compiled, and the premise of that; undefined while some Consent is known to deny something. */
  lift(accesses: readonly Access[]): { readonly judged: ConsentLift; readonly premise?: string } | undefined {
    if (!isConcerned(accesses)) return { judged: whole };
    return this.isDenied ? undefined : { judged: lifted, premise: noConsent };
  }

  /** Some Consent was found to deny something. */
  noteDenied(): void {
    this.deniedAt = performance.now();
  }

  private get isDenied(): boolean {
    return performance.now() - this.deniedAt < rememberedFor;
  }
}

/** A statement that {@link WithoutConsents.rows} sends, the accesses that it looks at, and when. */
export interface Sent {
  readonly when?: string;
  readonly judged: ConsentLift;
  readonly statement: Statement;
}

/** All that are sent, in their order. */
export function statementsSent(
  accesses: readonly Access[],
  compile: (judged: ConsentLift) => Statement,
): readonly [Sent, ...Sent[]] {
  const last = { judged: whole, statement: compile(whole) };
  if (!isConcerned(accesses)) return [last];
  const first = { judged: lifted, statement: whereNoneDenies(compile(lifted)) };
  return [
    { ...first, when: 'while no Consent denies anything' },
    { ...last, when: 'once some Consent denies something' },
  ];
}

const isConcerned = (accesses: readonly Access[]): boolean =>
  accesses.some((access) => access.withoutConsent !== access);

const whole: ConsentLift = (access) => access;
const lifted: ConsentLift = <A extends Access>(access: A) => access.withoutConsent as A;

const whereNoneDenies = (statement: Statement): Statement => ({ ...statement, text: textWhereNoneDenies(statement) });

/** Texts that come again and again are put together once: as many as are worth a name (`preparedName`). */
const mostKept = 400;
const kept = new Map<string, string>();

function textWhereNoneDenies({ text, isPrepared, isPlannedOnce }: Statement): string {
  const comesAgain = isPrepared === true || isPlannedOnce === true;
  const known = comesAgain ? kept.get(text) : undefined;
  if (known !== undefined) return known;
  const made = whereHolds(text, noConsent);
  if (comesAgain && kept.size < mostKept) kept.set(text, made);
  return made;
}
