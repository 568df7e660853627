import { AsyncLocalStorage } from 'node:async_hooks';
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

/** Collects what all connections of this process send, until it is stopped; those that count where there is a choice. */
export function collectStatements(counts: () => boolean = () => true): Collected {
  // oxlint-disable-next-line typescript/unbound-method -- it is always called with its client
  const original = Client.prototype.query as (...args: unknown[]) => unknown;
  const statements: SentStatement[] = [];
  Client.prototype.query = function query(this: Client, ...args: unknown[]): unknown {
    const [first, second] = args;
    const { text, values } =
      typeof first === 'string' ? { text: first, values: second } : ((first ?? {}) as Partial<SentStatement>);
    if (counts()) statements.push({ text: text ?? '', values: Array.isArray(values) ? values : [], port: this.port });
    return Reflect.apply(original, this, args);
  } as typeof Client.prototype.query;
  return { statements, stop: () => (Client.prototype.query = original as typeof Client.prototype.query) };
}

/** What `work` sends, and nothing of what the servers of this process do meanwhile on their own account. */
export async function statementsOf(work: () => Promise<unknown>): Promise<readonly SentStatement[]> {
  const within = new AsyncLocalStorage<true>();
  const { statements, stop } = collectStatements(() => within.getStore() === true);
  try {
    await within.run(true, work);
    return statements;
  } finally {
    stop();
  }
}
