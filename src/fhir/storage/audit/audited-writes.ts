import { newRecord, recordOf } from '../../../audit/audit-record.js';
import { type AccessTrail, type TouchedVersion, versionKey } from '../../../scope/access-trail.js';
import type { SqlSession } from '../session/sql-session.js';
import { appendStatement, entryOf } from './append-records.js';

interface AuditedWrite {
  readonly written: Set<string>;
  readonly disclosed: readonly string[];
}

/** Versions that one transaction writes, and the record of them that is stored in the same transaction. */
export class AuditedWrites {
  private readonly byTrail = new Map<AccessTrail, AuditedWrite>();

  note(trail: AccessTrail | undefined, versions: readonly TouchedVersion[]): void {
    if (!trail) return;
    const known = this.byTrail.get(trail) ?? { written: new Set(), disclosed: [] };
    for (const version of versions) known.written.add(versionKey(version));
    this.byTrail.set(trail, known);
  }

  /** The last statement before the commit. */
  async store(session: SqlSession): Promise<void> {
    if (this.byTrail.size > 0) await session.count(appendStatement(this.entries()));
  }

  entries(): readonly string[] {
    return [...this.byTrail].map(([trail, write]) => {
      const disclosed = trail.unrecorded;
      this.byTrail.set(trail, { ...write, disclosed });
      const happened = newRecord({
        outcome: '0',
        written: [...write.written],
        ...(disclosed.length > 0 && { disclosed }),
      } as const);
      return entryOf(recordOf(trail, happened));
    });
  }

  /** After the commit: nothing of it is told again. */
  committed(): void {
    for (const [trail, { disclosed }] of this.byTrail) trail.markRecorded(disclosed);
  }
}
