import { Client } from 'pg';

/** A statement as it was sent. */
export interface SentStatement {
  readonly text: string;
  readonly values: readonly unknown[];
  /** Port of the database that it was sent to. */
  readonly port: number;
}

export interface Collected {
  readonly statements: SentStatement[];
  readonly stop: () => void;
}

/** Collects what all connections of this process send, until it is stopped. */
export function collectStatements(): Collected {
  // oxlint-disable-next-line typescript/unbound-method -- it is always called with its client
  const original = Client.prototype.query as (...args: unknown[]) => unknown;
  const statements: SentStatement[] = [];
  Client.prototype.query = function query(this: Client, ...args: unknown[]): unknown {
    const [first, second] = args;
    const { text, values } =
      typeof first === 'string' ? { text: first, values: second } : ((first ?? {}) as Partial<SentStatement>);
    statements.push({ text: text ?? '', values: Array.isArray(values) ? values : [], port: this.port });
    return Reflect.apply(original, this, args);
  } as typeof Client.prototype.query;
  return { statements, stop: () => (Client.prototype.query = original as typeof Client.prototype.query) };
}
