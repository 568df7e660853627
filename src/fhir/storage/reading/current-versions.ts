import { Injectable } from '@nestjs/common';
import type { Access } from '../../../scope/access.js';
import { byType, Readiness } from '../accesses.js';
import { WithoutConsents } from '../consent/without-consents.js';
import { wholeRowsOf } from '../partitions.js';
import { accessPredicate } from '../predicates/predicate.js';
import { isOfRecord } from '../searching/selectivity.js';
import { SqlSession } from '../session/sql-session.js';
import { BindParameters, type Statement } from '../session/statement.js';
import { tenant } from '../session/tenant-parameter.js';
import { shown } from './masked.js';
import { type StoredVersion, storedVersion, type VersionRow } from './stored-version.js';
import { type CountedRow, isCut, withinBytes } from './within-bytes.js';

/** Ids of one type, and the access that their rows are read under. */
export interface WantedRows {
  readonly access: Access<'r'>;
  readonly ids: readonly string[];
}

/** Current versions of many resources in one statement, each judged as a read of it alone judges it. */
@Injectable()
export class CurrentVersions {
  private readonly withoutConsents = new WithoutConsents();

  constructor(
    private readonly session: SqlSession,
    private readonly ready: Readiness,
  ) {}

  /** Rows within reach, tombstones included, in no order; each type once. `isCut`: not all of them fit into the bytes. */
  async find(
    wanted: readonly WantedRows[],
    bytes: number,
  ): Promise<{ readonly rows: readonly StoredVersion[]; readonly isCut: boolean }> {
    const accesses = wanted.map(({ access }) => access);
    const [first] = accesses;
    if (!first) return { rows: [], isCut: false };
    await this.ready.toRead(accesses);
    const session = this.session.reading(first.askedBy, accesses.every(isOfRecord));
    const found = await this.withoutConsents.rows<VersionRow & CountedRow>(session, accesses, (judged) =>
      withinBytes(currentStatement(wanted.map(({ access, ids }) => ({ access: judged(access), ids }))), bytes),
    );
    const { trail } = first;
    if (trail) for (const version of found) trail.disclose(version);
    return { rows: shown(found, byType(accesses)), isCut: isCut(found) };
  }
}

function currentStatement(wanted: readonly WantedRows[]): Statement {
  const parameters = new BindParameters();
  const selections = wanted.map(({ access, ids }) => {
    const { type } = access;
    return (
      `SELECT ${storedVersion('r')} FROM ${wholeRowsOf(type)} AS r WHERE r.tenant = ${tenant} AND ` +
      `r.type = ${parameters.add(type, 'text')} AND r.id = ANY (${parameters.add(ids, 'text[]')}) AND ` +
      accessPredicate(access, 'r', parameters)
    );
  });
  return { text: selections.join(' UNION ALL '), values: parameters.values };
}
