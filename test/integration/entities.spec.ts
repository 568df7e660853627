import { readdirSync, readFileSync } from 'node:fs';
import ts from 'typescript';
import type { DataSource, EntityMetadata } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entities } from '../../src/app/start/schema.js';
import { createDataSource } from '../../src/database/data-source.js';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';

/** The schema can be read as code, and the migrations alone make it: docs/adr/0057-where-typeorm-is-used.md. */
interface ColumnFacts {
  readonly type: string;
  readonly isNullable: boolean;
  readonly collation: string | null;
  readonly default: string | null;
}

interface TableFacts {
  readonly columns: Readonly<Record<string, ColumnFacts>>;
  readonly primaryKey: readonly string[];
}

interface Row extends ColumnFacts {
  readonly table: string;
  readonly column: string;
  /** In the primary key, from 1. */
  readonly place: number | null;
}

let database: FreshDatabase;
let dataSource: DataSource;
let migrated: ReadonlyMap<string, TableFacts>;
beforeAll(async () => {
  database = await freshDatabase();
  dataSource = createDataSource(database.connection, [], entities);
  await dataSource.initialize();
  migrated = await readTables();
});
afterAll(async () => {
  await dataSource.destroy();
  await database.drop();
});

describe('the entities', () => {
  it('name every table of the migrated schema, each once', () => {
    const named = dataSource.entityMetadatas.map(({ tableName }) => tableName);
    expect(named.toSorted()).toEqual([...migrated.keys()].toSorted());
    expect(new Set(named).size).toBe(named.length);
  });

  it.each(entities.map((entity) => [entity.name, entity] as const))(
    '%s has the columns and the primary key of its table',
    (_name, entity) => {
      const metadata = dataSource.getMetadata(entity);
      expect(factsOf(metadata)).toEqual(migrated.get(metadata.tableName));
    },
  );

  it('leave the schema to the migrations', () => {
    expect(dataSource.options.synchronize).toBe(false);
  });
});

describe('the docstrings', () => {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.entity.ts'));

  it.each(files)('of %s: one line for each table and each column', (file) => {
    const source = ts.createSourceFile(file, readFileSync(`src/${file}`, 'utf8'), ts.ScriptTarget.Latest, true);
    const classes = source.statements.filter((one) => ts.isClassDeclaration(one));
    expect(classes.length).toBeGreaterThan(0);
    const documented = classes.flatMap((one) => [one, ...one.members]);
    expect(documented.filter((node) => !hasDocstring(node)).map((node) => node.name?.getText())).toEqual([]);
  });

  it('are in the files of all entities', () => {
    const sources = files.map((file) => readFileSync(`src/${file}`, 'utf8'));
    const isDeclared = (name: string) => sources.some((source) => source.includes(`export class ${name} `));
    expect(entities.map(({ name }) => name).filter((name) => !isDeclared(name))).toEqual([]);
  });
});

/** `/** text *` + `/` in one line, with words in it. */
function hasDocstring(node: ts.Node): boolean {
  const docs = ts.getJSDocCommentsAndTags(node).filter((one) => ts.isJSDoc(one));
  return docs.length === 1 && /^\/\*\* \S.+ \*\/$/.test(docs[0]!.getText());
}

async function readTables(): Promise<ReadonlyMap<string, TableFacts>> {
  const rows = await dataSource.query<readonly Row[]>(`
    SELECT c.relname AS table, a.attname AS column, format_type(a.atttypid, a.atttypmod) AS type,
      NOT a.attnotnull AS "isNullable", nullif(l.collname, 'default') AS collation,
      CASE WHEN a.attidentity <> '' THEN 'identity' ELSE pg_get_expr(d.adbin, d.adrelid) END AS default,
      array_position(k.conkey, a.attnum) AS place
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_collation l ON l.oid = a.attcollation
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
    LEFT JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'p'
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
      AND c.relname <> 'migration'`);
  const tables = new Set(rows.map(({ table }) => table));
  return new Map([...tables].map((name) => [name, tableOf(rows.filter(({ table }) => table === name))]));
}

function tableOf(rows: readonly Row[]): TableFacts {
  const key = rows.filter(({ place }) => place !== null).toSorted((a, b) => Number(a.place) - Number(b.place));
  return {
    columns: Object.fromEntries(
      rows.map(({ column, type, isNullable, collation, default: value }) => [
        column,
        { type, isNullable, collation, default: value && plain(value) },
      ]),
    ),
    primaryKey: key.map(({ column }) => column),
  };
}

function factsOf(metadata: EntityMetadata): TableFacts {
  return {
    columns: Object.fromEntries(
      metadata.columns.map((column) => {
        const type = dataSource.driver.normalizeType(column);
        const precise = column.precision == null ? type : type.replace('timestamp', `timestamp(${column.precision})`);
        const value = column.isGenerated ? 'identity' : dataSource.driver.normalizeDefault(column);
        return [
          column.databaseName,
          {
            type: column.isArray ? `${precise}[]` : precise,
            isNullable: column.isNullable,
            collation: column.collation ?? null,
            default: value === undefined ? null : plain(value),
          },
        ];
      }),
    ),
    primaryKey: metadata.primaryColumns.map(({ databaseName }) => databaseName),
  };
}

/** PostgreSQL writes casts and parentheses that nobody wrote, and TypeORM quotes numbers. */
const plain = (expression: string): string =>
  expression
    .replaceAll(/::[a-z]+(\[\])?/g, '')
    .replace(/^\((.*)\)$/, '$1')
    .replace(/^'(\d+)'$/, '$1');
