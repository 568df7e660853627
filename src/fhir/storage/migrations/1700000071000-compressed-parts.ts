import type { MigrationInterface, QueryRunner } from 'typeorm';
import { isDistributed } from './1700000061000-fewer-statistics.js';

/**
 * Parts of contents are compressed where that makes them smaller: files of exports, which are text (docs/adr/0157). Of what is compressed already, PostgreSQL
 * looks at the first kilobyte. Parts that are there stay as they are. Citus takes no such change of a distributed table; exports go by way of the server there.
 *
 * Lock: a moment, beside reads and writes.
 */
export class CompressedParts1700000071000 implements MigrationInterface {
  up(runner: QueryRunner): Promise<void> {
    return setStorage(runner, 'EXTENDED');
  }

  down(runner: QueryRunner): Promise<void> {
    return setStorage(runner, 'EXTERNAL');
  }
}

async function setStorage(runner: QueryRunner, storage: 'EXTENDED' | 'EXTERNAL'): Promise<void> {
  if (await isDistributed(runner)) return;
  await runner.query(`ALTER TABLE binary_content ALTER COLUMN bytes SET STORAGE ${storage}`);
}
