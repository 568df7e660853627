/** Effect of one statement of a migration on the schema, and on others meanwhile. */
export interface StatementEffect {
  readonly does: string;
  /** The table that is there already and that others cannot use freely meanwhile. */
  readonly table?: string;
  /** `brief`: for a moment whatever its size; `writes`: nobody writes to it, as long as its size takes. */
  readonly lock: 'none' | 'brief' | 'writes';
  /** Reason why servers of the release before may fail after it; such a statement belongs into a later release. */
  readonly breaks?: string;
}

type Read = (found: RegExpExecArray) => StatementEffect;

const name = String.raw`(?:if (?:not )?exists )?"?([\w.]+)"?`;
const free = (does: string): StatementEffect => ({ does, lock: 'none' });
const brief = (does: string, table: string): StatementEffect => ({ does, table, lock: 'brief' });
const contract = (does: string, breaks: string): StatementEffect => ({ does, lock: 'brief', breaks });

/** The first that fits counts. */
const forms: readonly (readonly [RegExp, Read])[] = [
  [
    new RegExp(`^create table ${name} partition of ${name}`, 'i'),
    ([, table, parent = '']) => brief(`makes the partition ${table}`, parent),
  ],
  [new RegExp(`^create (?:unlogged )?table ${name}`, 'i'), ([, table]) => free(`makes the table ${table}`)],
  [
    new RegExp(`^create (?:unique )?index (?:concurrently )?${name} on (?:only )?${name}`, 'i'),
    ([, index, table = '']) => ({ does: `builds the index ${index} on ${table}`, table, lock: 'writes' }),
  ],
  [
    /^alter table "?(\w+)"? add (?:column )?(?:if not exists )?"?(\w+)"? (?!.*\bdefault\b).*\bnot null\b/i,
    ([, table, column]) =>
      contract(`adds ${table}.${column}`, `its rows need ${column}, which older servers do not write`),
  ],
  [
    /^alter table "?(\w+)"? add (?!constraint|primary|unique|check|foreign)(?:column )?(?:if not exists )?"?(\w+)"? /i,
    ([, table = '', column]) => brief(`adds ${table}.${column}`, table),
  ],
  [
    /^alter table "?(\w+)"? alter (?:column )?"?(\w+)"? set (?:storage|statistics|default)/i,
    ([, table = '', column]) => brief(`changes how ${table}.${column} is kept`, table),
  ],
  [
    /^alter table "?(\w+)"? alter "?(\w+)"? drop identity, alter "?\2"? set default nextval\(.+\), drop constraint "?\1_pkey"?, add primary key \(tenant, "?\2"?\)$/i,
    ([, table = '']) => ({
      does: `numbers the rows of ${table} by a sequence, within the tenant`,
      table,
      lock: 'writes',
    }),
  ],
  // A check under the same name, which permits more than before.
  [
    /^alter table "?(\w+)"? drop constraint (\w+_check), add constraint \2 check \(/i,
    ([, table = '', check]) => brief(`lets ${check} permit more`, table),
  ],
  [/^alter table "?(\w+)"? set \(/i, ([, table = '']) => brief(`changes how ${table} is kept`, table)],
  [/^alter index "?(\w+)"? set \(/i, ([, index]) => free(`changes how ${index} is kept`)],
  [
    /^alter (table|type|index) "?(\w+)"?/i,
    ([, , table]) => contract(`changes ${table}`, 'older servers may not know the new form'),
  ],
  [
    /^drop (table|index|function|type|view|trigger)\b/i,
    ([, kind]) => contract(`drops a ${kind?.toLowerCase()}`, 'older servers may still use it'),
  ],
  [
    /^(?:truncate|delete from) "?(\w+)"?/i,
    ([, table]) => contract(`deletes rows of ${table}`, 'older servers may need them'),
  ],
  [/^update (?:only )?"?(\w+)"?/i, ([, table = '']) => ({ does: `changes rows of ${table}`, table, lock: 'writes' })],
  [/^insert into "?(\w+)"?/i, ([, table]) => free(`writes rows of ${table}`)],
  [
    /^create (?:or replace )?(function|type|view|trigger|schema|extension|sequence) (?:if not exists )?"?(\w+)"?/i,
    ([, kind, made]) => free(`makes the ${kind?.toLowerCase()} ${made}`),
  ],
  [/^(?:grant|comment|set local|set|analyze|select)\b/i, () => free('sets things up')],
];

/** Unknown statements count as breaking older servers: authors of new forms add them to this list. */
export function statementEffect(statement: string): StatementEffect {
  const text = statement.replace(/\s+/g, ' ').trim();
  for (const [form, read] of forms) {
    const found = form.exec(text);
    if (found) return read(found);
  }
  return contract('does something of its own', 'what it does is not known');
}
