import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { AuditRecord } from '../../../audit/audit-record.js';
import { SqlSession } from '../session/sql-session.js';
import { appendOnCitus, appendStatement, entryOf } from './append-records.js';

/** Characters of one statement, and records that may wait: what is beyond is not answered. */
const mostCharacters = 4_000_000;
const mostWaiting = 10_000;

/**
 * Turns of the event loop before each group: while it is busy they bring more requests that share the statement, and while
 * it is idle they are over at once.
 */
const turnsToGather = 4;

interface Waiting {
  readonly entry: string;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/** Writes records in groups: those that come while one group is being written are the next one. */
@Injectable()
export class AuditLog {
  private waiting: Waiting[] = [];
  private isWriting = false;

  constructor(private readonly session: SqlSession) {}

  /** Returns when the record is stored; what it tells of must not be answered before. */
  record(record: AuditRecord): Promise<void> {
    if (this.waiting.length >= mostWaiting) return Promise.reject(new Error('Too many audit records wait.'));
    const entry = entryOf(record);
    return new Promise((done, failed) => {
      this.waiting.push({ entry, done, failed });
      if (!this.isWriting) void this.writeAll();
    });
  }

  private async writeAll(): Promise<void> {
    this.isWriting = true;
    while (this.waiting.length > 0) {
      for (let turn = 0; turn < turnsToGather; turn++) await nextTurn();
      const group = this.nextGroup();
      try {
        const append = (await this.session.isOnCitus()) ? appendOnCitus : appendStatement;
        await this.session.count(append(group.map(({ entry }) => entry)));
        for (const { done } of group) done();
      } catch (error) {
        for (const { failed } of group) failed(error);
      }
    }
    this.isWriting = false;
  }

  private nextGroup(): readonly Waiting[] {
    let characters = 0;
    const end = this.waiting.findIndex(({ entry }) => (characters += entry.length) > mostCharacters);
    return this.waiting.splice(0, end === -1 ? this.waiting.length : Math.max(end, 1));
  }
}
