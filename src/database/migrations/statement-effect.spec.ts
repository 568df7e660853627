import { describe, expect, it } from 'vitest';
import { statementEffect } from './statement-effect.js';

describe('what a statement of a migration does', () => {
  it.each([
    ['CREATE TABLE thing (id int)', 'none', 'makes the table thing'],
    ['create table if not exists "thing" (id int)', 'none', 'makes the table thing'],
    ['CREATE TABLE thing_a PARTITION OF thing FOR VALUES IN (1)', 'brief', 'makes the partition thing_a'],
    ['CREATE INDEX thing_id ON thing (id)', 'writes', 'builds the index thing_id on thing'],
    ['CREATE UNIQUE INDEX IF NOT EXISTS thing_id ON thing (id)', 'writes', 'builds the index thing_id on thing'],
    ['ALTER TABLE thing ADD COLUMN words tsvector', 'brief', 'adds thing.words'],
    ['ALTER TABLE thing ADD COLUMN on_it boolean NOT NULL DEFAULT false', 'brief', 'adds thing.on_it'],
    [
      `ALTER TABLE thing ALTER id DROP IDENTITY, ALTER id SET DEFAULT nextval('thing_number'), DROP CONSTRAINT thing_pkey, ADD PRIMARY KEY (tenant, id)`,
      'writes',
      'numbers the rows of thing by a sequence, within the tenant',
    ],
    [
      `ALTER TABLE thing DROP CONSTRAINT thing_state_check, ADD CONSTRAINT thing_state_check CHECK (state IN ('a', 'b'))`,
      'brief',
      'lets thing_state_check permit more',
    ],
    ['ALTER INDEX thing_idx SET (fastupdate = on)', 'none', 'changes how thing_idx is kept'],
    ['ALTER TABLE thing ALTER COLUMN bytes SET STORAGE EXTERNAL', 'brief', 'changes how thing.bytes is kept'],
    ['UPDATE thing SET id = 1', 'writes', 'changes rows of thing'],
    ['INSERT INTO thing VALUES (1)', 'none', 'writes rows of thing'],
    ['CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS $$ SELECT 1 $$', 'none', 'makes the function f'],
  ])('%s', (statement, lock, does) => {
    expect(statementEffect(`\n  ${statement}`)).toMatchObject({ lock, does });
    expect(statementEffect(statement).breaks).toBeUndefined();
  });

  it.each([
    ['ALTER TABLE thing ADD COLUMN needed text NOT NULL'],
    ['ALTER TABLE thing ALTER COLUMN id SET NOT NULL'],
    ['ALTER TABLE thing ALTER COLUMN id TYPE bigint'],
    ['ALTER TABLE thing RENAME COLUMN id TO ident'],
    ['ALTER TABLE thing DROP COLUMN id'],
    ['ALTER TABLE thing ALTER id DROP IDENTITY'],
    ['ALTER TABLE thing DROP CONSTRAINT thing_pkey, ADD PRIMARY KEY (tenant, id)'],
    ['ALTER TABLE thing ADD CONSTRAINT small CHECK (id < 9)'],
    ['ALTER TABLE thing DROP CONSTRAINT thing_state_check, ADD CONSTRAINT small_check CHECK (id < 9)'],
    ['ALTER TYPE index_range ADD ATTRIBUTE more text'],
    ['DROP TABLE thing'],
    ['DROP INDEX thing_id'],
    ['TRUNCATE thing'],
    ['DELETE FROM thing'],
    ['VACUUM FULL'],
  ])('%s is nothing that servers of the release before are known to bear', (statement) => {
    expect(statementEffect(statement).breaks).toBeTruthy();
  });
});
