import type { Connection, PoolClient, QueryConfig, QueryResult, QueryResultRow, Submittable } from 'pg';
import { numberArray, textArray } from '../indexing/array-literal.js';
import type { BindValue } from './statement.js';

interface Column {
  readonly name: string;
  readonly parse: (text: string) => unknown;
}

/** Statements that a connection has prepared and described. PostgreSQL refuses to run one whose columns have changed since. */
const described = new WeakMap<PoolClient, Map<string, readonly Column[]>>();

/**
 * Runs a statement on a connection. One that the connection has prepared before is sent as one message buffer and not described again: the
 * driver sends four messages, and reads what the columns are called and made of with every answer.
 */
export function queryConnection<R extends QueryResultRow>(
  client: PoolClient,
  query: QueryConfig<BindValue[]>,
): Promise<QueryResult<R>> {
  const { name, values = [] } = query;
  if (name === undefined || !values.every(isPlain)) return client.query<R>(query);
  const columns = described.get(client)?.get(name);
  if (columns) return runAgain<R>(client, { ...query, name, values }, columns);
  return client.query<R>(query).then((result) => {
    remember(client, name, result);
    return result;
  });
}

function remember(client: PoolClient, name: string, { fields }: QueryResult): void {
  if (fields.length === 0) return;
  let known = described.get(client);
  if (!known) described.set(client, (known = new Map<string, readonly Column[]>()));
  const driver = client as unknown as Driver;
  known.set(
    name,
    fields.map((field) => ({ name: field.name, parse: driver.getTypeParser(field.dataTypeID, 'text') })),
  );
}

type Plain = Exclude<BindValue, Buffer>;

/** A value that is sent as its text; the driver has a rule of its own for bytes. */
const isPlain = (value: BindValue): value is Plain => !Buffer.isBuffer(value);

function textOf(value: Plain): string {
  if (typeof value !== 'object') return String(value);
  return isNumbers(value) ? numberArray(value) : textArray(value);
}

const isNumbers = (list: readonly string[] | readonly number[]): list is readonly number[] =>
  typeof list[0] === 'number';

interface Again {
  readonly name: string;
  readonly text: string;
  readonly values: readonly Plain[];
}

function runAgain<R extends QueryResultRow>(
  client: PoolClient,
  again: Again,
  columns: readonly Column[],
): Promise<QueryResult<R>> {
  return new Promise((resolve, reject) => {
    const statement = new KnownStatement<R>(again, columns);
    // As an argument, so that a traced connection sees the end.
    (client as unknown as Driver).query<R>(statement, (error, result) => {
      if (error === null) return resolve(result!);
      // The stack of the driver leads to a socket.
      Error.captureStackTrace(error);
      reject(error);
    });
  });
}

type Finished<R extends QueryResultRow> = (error: Error | null, result?: QueryResult<R>) => void;

/** A client as @types/pg does not declare it: with statements of others, and types that have no name there. */
interface Driver {
  query<R extends QueryResultRow>(statement: Submittable, finished: Finished<R>): void;
  getTypeParser(oid: number, format: 'text'): Column['parse'];
}

/** A statement of a connection that has prepared it, as the driver takes it in the place of its own. */
class KnownStatement<R extends QueryResultRow> implements Submittable {
  readonly name: string;
  readonly text: string;
  readonly values: readonly Plain[];
  /** Set by the driver. */
  callback: Finished<R> | undefined;
  private readonly rows: R[] = [];
  private rowCount = 0;
  private command = '';
  private failure: Error | undefined;

  constructor(
    { name, text, values }: Again,
    private readonly columns: readonly Column[],
  ) {
    this.name = name;
    this.text = text;
    this.values = values;
  }

  submit({ stream }: Connection): void {
    if (stream.writable) stream.write(bindAndExecute(this.name, this.values));
  }

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    if (this.failure !== undefined) return;
    const { columns } = this;
    const row: Record<string, unknown> = {};
    try {
      for (let i = 0; i < columns.length; i++) {
        const text = fields[i] ?? null;
        const { name, parse } = columns[i]!;
        row[name] = text === null ? null : parse(text);
      }
    } catch (error) {
      this.failure = error as Error;
    }
    this.rows.push(row as R);
  }

  /** `SELECT 20`, `INSERT 0 1`. */
  handleCommandComplete({ text }: { readonly text: string }): void {
    const end = text.lastIndexOf(' ');
    this.command = end === -1 ? text : text.slice(0, text.indexOf(' '));
    this.rowCount = end === -1 ? 0 : Number(text.slice(end + 1));
  }

  handleReadyForQuery(): void {
    const { rows, rowCount, command, failure } = this;
    if (failure !== undefined) this.callback?.(failure);
    else this.callback?.(null, { rows, rowCount, command, oid: 0, fields: [] });
  }

  handleError(error: Error): void {
    this.callback?.(this.failure ?? error);
  }

  /** Only the first time is described, and a text of ours is never empty, suspended or a COPY. */
  handleRowDescription(): void {}
  handleEmptyQuery(): void {}
  handlePortalSuspended(): void {}
  handleCopyInResponse(): void {}
  handleCopyData(): void {}
}

/** The messages Execute of all rows and Sync. */
const executeAndSync = Buffer.from([0x45, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0x53, 0, 0, 0, 4]);

/**
 * Bind of the unnamed portal, Execute and Sync, in one buffer; parameters and columns are texts
 * (https://www.postgresql.org/docs/current/protocol-message-formats.html).
 */
function bindAndExecute(name: string, values: readonly Plain[]): Buffer {
  const texts = values.map(textOf);
  const lengths = texts.map((text) => Buffer.byteLength(text));
  const length = 4 + 1 + (name.length + 1) + 2 + 2 + 2 + lengths.reduce((sum, one) => sum + 4 + one, 0);
  const buffer = Buffer.allocUnsafe(1 + length + executeAndSync.length);
  buffer[0] = 0x42;
  buffer.writeInt32BE(length, 1);
  buffer[5] = 0;
  let at = 6 + buffer.write(name, 6, 'latin1');
  buffer[at++] = 0;
  at = buffer.writeInt16BE(0, at);
  at = buffer.writeInt16BE(texts.length, at);
  for (const [i, text] of texts.entries()) {
    at = buffer.writeInt32BE(lengths[i]!, at);
    at += buffer.write(text, at);
  }
  at = buffer.writeInt16BE(0, at);
  executeAndSync.copy(buffer, at);
  return buffer;
}
