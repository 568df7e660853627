import type { Access } from '../../../scope/access.js';
import { AuditedWrites } from '../audit/audited-writes.js';
import { addGrowth, growthOf, noGrowth } from '../limits/growth.js';
import { confirm } from '../accesses.js';
import type { Reserve } from '../limits/storage-usage.js';
import type { SqlSession } from '../session/sql-session.js';
import type { Change, Written } from './change.js';

/** Resources that a transaction has written, for the work that follows. */
export class TransactionRecord {
  readonly audited = new AuditedWrites();
  /** The accesses under which it has written. */
  readonly used = new Set<Access>();
  growth = noGrowth;
  /** True if it has added events to the outbox. */
  hasEvents = false;

  note(changes: readonly Change[], written: readonly Written[]): void {
    for (const { access } of changes) this.used.add(access);
    for (const [i, version] of written.entries()) {
      const { trail } = changes[i]!.access;
      // The request itself is recorded, as others are that write nothing.
      if (version.isAbsent) continue;
      this.audited.note(trail, trail?.erasure && version.deleted ? [] : [version]);
    }
    this.growth = addGrowth(this.growth, growthOf(changes, written));
  }

  /** The last work before the commit. */
  async close(session: SqlSession, reserve: Reserve): Promise<void> {
    await this.audited.store(session);
    // It may have taken long, or the process has stood still meanwhile: what is committed is permitted now.
    await confirm([...this.used]);
    reserve(this.growth);
  }
}
