import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tablesNamed } from './tables-named.js';

/** Tables that a statement names, with a star where it calls them otherwise. */
const named = (text: string): readonly string[] | undefined =>
  tablesNamed(text)?.map(({ table, hasAlias }) => (hasAlias ? `${table}*` : table));

describe('places of tables', () => {
  it.each<[string, readonly string[]]>([
    ['SELECT 1 FROM job', ['job']],
    ['SELECT job.id FROM job WHERE job.tenant = $1', ['job']],
    ['SELECT r.tenant, tenant FROM resource AS r', ['resource*']],
    ['SELECT r.id FROM resource r, job j LIMIT 1', ['resource*', 'job*']],
    ['select 1 from JOB left join "job" on true order by 1', ['job', 'job']],
    ['SELECT 1 FROM ONLY job JOIN LATERAL (SELECT FROM tenant) AS t ON true', ['job', 'tenant']],
    ['SELECT 1 FROM (job JOIN tenant USING (tenant)), resource', ['job', 'tenant', 'resource']],
    ['SELECT (SELECT 1 FROM job) FROM unnest($1::text[]) WITH ORDINALITY AS u(job, n), tenant', ['job', 'tenant']],
    ['SELECT 1 FROM ROWS FROM (unnest($1), job($2)) AS u(a, b), tenant', ['tenant']],
    ['SELECT 1 FROM job UNION ALL SELECT 1 FROM tenant', ['job', 'tenant']],
    ['(SELECT 1 FROM job) UNION (SELECT 1 FROM tenant)', ['job', 'tenant']],
    ['SELECT 1 FROM resource AS job WHERE job.id = $1', ['resource*']],
    ['SELECT 1 FROM resource AS "from", job', ['resource*', 'job']],
    ['SELECT 1 FROM (SELECT) AS once LEFT JOIN (SELECT 1 FROM job) AS found ON true', ['job']],
    ['SELECT array(SELECT 1 FROM job), ARRAY[job, tenant] FROM resource ORDER BY job, tenant', ['job', 'resource']],
    ['SELECT 1 FROM job ON CONFLICT', ['job']],
  ])('%s', (text, tables) => {
    expect(named(text)?.filter((table) => !table.startsWith('rows'))).toEqual(tables);
  });

  it.each([
    ['a function', 'SELECT extract(epoch FROM job), trim(both from tenant) FROM unnest($1) AS u'],
    ['a comparison', 'SELECT $1 IS DISTINCT FROM job, $1 IS NOT DISTINCT FROM tenant'],
    ['a column after an array', 'SELECT 1 FROM unnest($1) AS u JOIN unnest($2) AS v ON u = v AND a && ARRAY[x, job]'],
    ['arguments of a function', 'SELECT 1 FROM unnest(a, job) AS u'],
    ['rows of values', 'SELECT 1 FROM (VALUES (1, job), (2, tenant)) AS v(a, b)'],
    ['a string', `SELECT 'FROM job', 'it''s FROM job' || $1`],
    ['a string with escapes', String.raw`SELECT E'\' FROM job \\', e'a''b\\\' FROM job'`],
    ['a string between dollars', 'SELECT $$ FROM job $$, $a$ FROM job $$ $a$'],
    ['comments', 'SELECT 1 -- FROM job\n/* FROM job /* FROM job */ FROM job */'],
    ['a name with a schema', 'SELECT 1 FROM public.job'],
    ['a column with the name of a key word', 'SELECT a.from, job FROM unnest($1) AS a'],
    ['another name with that of a key word', 'SELECT 1 AS from, job'],
    ['a WITH query', 'WITH job AS (SELECT 1) SELECT 1 FROM job'],
    [
      'a WITH query with columns',
      'WITH RECURSIVE job(a, b) AS NOT MATERIALIZED (SELECT 1) SELECT 1 FROM job, job AS j',
    ],
  ])('%s is none', (_, text) => {
    expect(named(text)).toEqual([]);
  });

  it.each([
    ['changes', 'DELETE FROM job'],
    ['changes within', 'WITH gone AS (DELETE FROM job RETURNING 1) SELECT 1 FROM gone, tenant'],
    ['locks', 'SELECT 1 FROM job FOR UPDATE'],
    ['makes a table', 'SELECT 1 INTO made FROM job'],
    ['has bits', "SELECT B'1' FROM job"],
    ['has a string in two parts', `SELECT E'a'\n'b' FROM job`],
    ['has an escaped string without an end', String.raw`SELECT E'\' FROM job`],
    ['has names by numbers of characters', String.raw`SELECT 1 FROM U&"\006aob"`],
    ['has a string without an end', `SELECT 1 FROM job WHERE a = 'b`],
    ['has a name without an end', 'SELECT 1 FROM job AS "b'],
    ['has a comment without an end', 'SELECT 1 FROM job /* /* */'],
    ['is empty', ''],
  ])('a statement that %s is left alone', (_, text) => {
    expect(named(text)).toBeUndefined();
  });
});

/** Text that PostgreSQL takes for something else than names, whatever is in it. */
const hidden = fc
  .tuple(fc.constantFrom('literal', 'dollars', 'line', 'block', 'name'), fc.string({ unit: 'grapheme' }))
  .map(([kind, inner]) => {
    const text = `${inner} FROM job, tenant AS `;
    if (kind === 'literal') return `'${text.replaceAll("'", "''")}'`;
    if (kind === 'dollars') return `$q$${text.replaceAll('$', '')}$q$`;
    if (kind === 'line') return `-- ${text.replaceAll('\n', ' ')}\n 1`;
    if (kind === 'block') return `/* /* ${text.replaceAll(/[*/]/g, ' ')} */ FROM job */ 1`;
    return `1 AS "${text.replaceAll('"', '""')}"`;
  });

describe('whatever a statement says beside its tables', () => {
  it('names none', () => {
    fc.assert(
      fc.property(fc.array(hidden, { minLength: 1, maxLength: 5 }), (parts) => {
        const text = `SELECT ${parts.join(', ')} FROM resource AS r WHERE r.id = $1`;
        expect(named(text)).toEqual(['resource*']);
      }),
    );
  });

  it('stays as it is, and never fails', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'SELECT',
        'FROM',
        'JOIN',
        ',',
        '(',
        ')',
        'AS',
        'job',
        '"job"',
        "'",
        '"',
        '$$',
        '/*',
        '*/',
        '--',
        '.',
      ),
      fc.string({ maxLength: 3 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const text = `SELECT ${pieces.join(' ')}`;
        for (const { table, start, end } of tablesNamed(text) ?? [])
          expect(text.slice(start, end).replaceAll('"', '').toLowerCase()).toBe(table.replaceAll('"', ''));
      }),
    );
  });
});
