import { randomUUID } from 'node:crypto';
import pg, { type ClientConfig } from 'pg';
import { aBundle, anObservation, aPatient, putting } from './resources.js';
import type { HttpAnswer } from './server-process.js';

/** Sends one request to whichever server there is now; rejects when no answer comes. */
export type Caller = (
  method: string,
  path: string,
  body?: object,
  headers?: Readonly<Record<string, string>>,
) => Promise<HttpAnswer>;

const writers = 6;
const observationsEach = 5;
const tagOf = (n: number): string => `w-${n}`;

interface Stored {
  readonly observations: number;
  readonly patients: number;
}

/** Mixed writes, over and over, and what was answered to each: transactions, updates, creates under a key and conditional ones. */
export class WriteLoad {
  /** Numbers of all transactions that were sent. */
  readonly transactions: number[] = [];
  /** Numbers of creates that must be carried out once, however often they are sent. */
  readonly single: number[] = [];
  /** Numbers of what was answered with success. */
  readonly acknowledged = new Set<number>();
  /** Address of each update that was answered → what was written. */
  readonly versions = new Map<string, string>();
  /** Every other answer. */
  readonly refused: HttpAnswer[] = [];
  private count = 0;
  /** System of this load, so that two loads on one database can be told apart. */
  private readonly system = `urn:uuid:${randomUUID()}`;

  constructor(private readonly database: ClientConfig) {}

  /** Writes until the function that it returns is called, which waits for the last answers. `count`: of writers. */
  start(call: Caller, count = writers): () => Promise<void> {
    const end = new AbortController();
    const work = Array.from({ length: count }, async () => {
      // No answer: nobody was told anything.
      while (!end.signal.aborted) await this.writeNext(call).catch(() => undefined);
    });
    return async () => {
      end.abort();
      await Promise.all(work);
    };
  }

  private writeNext(call: Caller): Promise<void> {
    const n = ++this.count;
    if (n % 4 === 0) return this.transact(call, n);
    if (n % 4 === 1) return this.update(call, n);
    this.single.push(n);
    return this.createOnce(call, n);
  }

  private async transact(call: Caller, n: number): Promise<void> {
    const resource = anObservation(`Patient/counter-${n % writers}`, this.identified(n));
    const creates = Array.from({ length: observationsEach }, () => ({
      request: { method: 'POST', url: 'Observation' },
      resource,
    }));
    const counter = { ...aPatient(this.identified(n)), id: `counter-${n % writers}` };
    this.transactions.push(n);
    this.note(n, await call('POST', '', aBundle('transaction', ...creates, putting(counter))));
  }

  private async update(call: Caller, n: number): Promise<void> {
    const id = `single-${n % writers}`;
    const answer = await call('PUT', `Patient/${id}`, { ...aPatient(this.identified(n)), id });
    this.note(n, answer);
    if (answer.status >= 300) return;
    this.versions.set(`Patient/${id}/_history/${String(answer.body.meta?.versionId)}`, tagOf(n));
  }

  private identified(n: number) {
    return { identifier: [{ system: this.system, value: tagOf(n) }] };
  }

  /** Under a key, or on condition that there is none yet. */
  private async createOnce(call: Caller, n: number): Promise<void> {
    const once =
      n % 4 === 2
        ? { 'idempotency-key': `${this.system}/${n}` }
        : { 'if-none-exist': `identifier=${this.system}|${tagOf(n)}` };
    this.note(n, await call('POST', 'Patient', aPatient(this.identified(n)), once));
  }

  private note(n: number, answer: HttpAnswer): void {
    if (answer.status < 300) this.acknowledged.add(n);
    else this.refused.push(answer);
  }

  /** Sends each unanswered request again, as a client does; that must not make a second resource. */
  async retryUnanswered(call: Caller): Promise<void> {
    for (const n of this.single) if (!this.acknowledged.has(n)) await this.createOnce(call, n);
  }

  /** Returns violations: acknowledged writes are there as answered, no transaction in part, nothing twice. */
  async faults(call: Caller): Promise<readonly string[]> {
    const stored = await this.storedByTag();
    const countOf = (n: number): Stored => stored.get(tagOf(n)) ?? { observations: 0, patients: 0 };
    const isPromised = (n: number): boolean => this.acknowledged.has(n);
    const wrongTransactions = this.transactions.filter((n) => {
      const { observations, patients } = countOf(n);
      const isStored = observations > 0 || patients > 0 || isPromised(n);
      return observations !== (isStored ? observationsEach : 0) || patients !== (isStored ? 1 : 0);
    });
    const wrongCreates = this.single.filter((n) => countOf(n).patients > 1 || (isPromised(n) && !countOf(n).patients));
    return [
      ...wrongTransactions.map((n) => `transaction ${n}: ${JSON.stringify(countOf(n))}`),
      ...wrongCreates.map((n) => `create ${n}: ${countOf(n).patients} times`),
      ...(await this.wrongVersions(call)),
    ];
  }

  private async wrongVersions(call: Caller): Promise<readonly string[]> {
    const wrong: string[] = [];
    for (const [address, value] of this.versions) {
      const { status, body } = await call('GET', address);
      if (status !== 200 || body.identifier?.[0].value !== value) wrong.push(`${address}: ${status}, not ${value}`);
    }
    return wrong;
  }

  /** For a report: how much was promised, and that it was kept. */
  get summary(): string {
    const { transactions, single, acknowledged, versions, refused } = this;
    const sent = transactions.length + single.length + versions.size;
    return `${sent} writes sent, ${acknowledged.size} acknowledged, ${refused.length} refused; 0 lost, 0 in part, 0 twice`;
  }

  /** Rows by what they were tagged with, superseded versions too. */
  private async storedByTag(): Promise<ReadonlyMap<string, Stored>> {
    const client = new pg.Client(this.database);
    await client.connect();
    try {
      const { rows } = await client.query<Stored & { tag: string }>(`
        SELECT substring(body from '"(w-[0-9]+)"') AS tag, count(*) FILTER (WHERE type = 'Observation')::int AS observations,
               count(*) FILTER (WHERE type = 'Patient')::int AS patients
        FROM (SELECT type, body FROM resource UNION ALL SELECT type, body FROM resource_history) AS version
        WHERE type IN ('Observation', 'Patient') AND body LIKE '%${this.system}%' GROUP BY 1`);
      return new Map(rows.map(({ tag, ...counts }) => [tag, counts]));
    } finally {
      await client.end();
    }
  }
}
