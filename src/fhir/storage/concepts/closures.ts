import { randomUUID } from 'node:crypto';
import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { RequestCaller } from '../../../database/caller-shares.js';
import { everyHour, type Recurring } from '../../../database/every-hour.js';
import { FhirError } from '../../../r4/errors/fhir-error.js';
import { SqlSession } from '../session/sql-session.js';
import { tenant } from '../session/tenant-parameter.js';

/** Closure tables of one caller. */
export const mostClosures = 100;
/** Days after which a closure table that nobody used is removed. */
export const daysKept = 90;

/** Whose closure table is meant: a hash of who the caller is, and the name that the client gave it. */
export interface ClosureName {
  readonly caller: string;
  readonly name: string;
}

/** A code system of a closure table: by which canonical it is found, and which edition of it counted. */
export interface ClosureSystem {
  readonly canonical: string;
  readonly edition: string;
}

export interface ClosureConcept {
  readonly system: string;
  /** As it was sent. */
  readonly code: string;
  /** As the code system writes it. */
  readonly own: string;
  /** Version of the closure table that added it. */
  readonly added: number;
}

/** A closure table at one version. */
export interface Closure {
  readonly id: string;
  readonly version: number;
  readonly systems: Readonly<Record<string, ClosureSystem>>;
  readonly concepts: readonly ClosureConcept[];
}

/** Concepts that a call adds to a closure table. */
export interface ClosureAddition {
  readonly systems: Closure['systems'];
  readonly concepts: readonly Omit<ClosureConcept, 'added'>[];
}

/** 422: the caller has as many closure tables as one may have. */
class TooManyClosures extends FhirError {
  readonly status = 422;
  constructor() {
    super({
      code: 'business-rule',
      diagnostics: `One client of one user keeps at most ${mostClosures} closure tables. Use one that is there again, by its name; one that is not used for ${daysKept} days is removed.`,
    });
  }
}

interface ClosureRow {
  readonly id: string;
  readonly version: number;
  readonly systems: string;
  readonly isIdle: boolean;
}

/** The closure tables of callers (docs/adr/0108). Each statement names the caller: nobody reaches one of another. */
@Injectable()
export class Closures implements OnModuleInit, OnModuleDestroy {
  private cleaning: Recurring | undefined;

  constructor(private readonly session: SqlSession) {}

  onModuleInit(): void {
    this.cleaning = everyHour(() => this.clean());
  }

  onModuleDestroy(): void {
    this.cleaning?.stop();
  }

  /** Makes the closure table, or empties it. Throws 422 where the caller has too many. */
  async initialize(by: RequestCaller, { caller, name }: ClosureName): Promise<void> {
    await this.session.for(by).transaction(async (session) => {
      await session.rows({ text: oneAtATime, values: [caller] });
      const [old] = await session.rows<{ id: string }>({
        text: `SELECT closure::text AS id FROM terminology_closure WHERE ${own} FOR UPDATE`,
        values: [caller, name],
      });
      if (!old) await requireRoom(session, caller);
      await session.count({ text: start, values: [caller, name, randomUUID()] });
      if (old) await session.count({ text: forget, values: [[old.id]] });
    });
  }

  /** Undefined: the caller has none of that name. */
  async find(by: RequestCaller, { caller, name }: ClosureName): Promise<Closure | undefined> {
    const session = this.session.for(by);
    const [row] = await session.rows<ClosureRow>({
      isPrepared: true,
      text: `SELECT closure::text AS id, version, systems, used < now() - interval '1 day' AS "isIdle" FROM terminology_closure WHERE ${own}`,
      values: [caller, name],
    });
    if (!row) return undefined;
    if (row.isIdle)
      await session.count({ text: `UPDATE terminology_closure SET used = now() WHERE ${own}`, values: [caller, name] });
    const { id, version, systems } = row;
    const concepts = await session.rows<ClosureConcept>({
      isPrepared: true,
      text: `SELECT system, code, own, added FROM terminology_closure_concept WHERE tenant = ${tenant} AND closure = $1::uuid AND added <= $2`,
      values: [id, version],
    });
    return { id, version, systems: JSON.parse(systems) as Closure['systems'], concepts };
  }

  /** False: the closure table is another one by now. */
  add(
    by: RequestCaller,
    { caller, name }: ClosureName,
    { id, version }: Closure,
    { systems, concepts }: ClosureAddition,
  ): Promise<boolean> {
    return this.session.for(by).transaction(async (session) => {
      const moved = await session.count({
        text: `UPDATE terminology_closure SET version = version + 1, systems = $5, used = now() WHERE ${own} AND closure = $3::uuid AND version = $4`,
        values: [caller, name, id, version, JSON.stringify(systems)],
      });
      if (moved === 0) return false;
      const columns = (['system', 'code', 'own'] as const).map((column) => concepts.map((one) => one[column]));
      await session.count({ text: insert, values: [id, version + 1, ...columns] });
      return true;
    });
  }

  /** Removes what nobody used for a long time. */
  async clean(): Promise<void> {
    await this.session.transaction(async (session) => {
      const old = await session.rows<{ id: string }>({
        text: `DELETE FROM terminology_closure WHERE tenant = ${tenant} AND used < now() - make_interval(days => $1::integer) RETURNING closure::text AS id`,
        values: [daysKept],
      });
      if (old.length > 0) await session.count({ text: forget, values: [old.map(({ id }) => id)] });
    });
  }
}

/** The row of a caller's closure table, by the parameters 1 and 2. */
const own = `tenant = ${tenant} AND caller = $1 AND name = $2`;

/** Tables of one caller are made one after the other: two at once would both find room for one. */
const oneAtATime = `SELECT pg_advisory_xact_lock(hashtextextended('closures of ' || $1::text, ${tenant}))`;

const start =
  `INSERT INTO terminology_closure (tenant, caller, name, closure, version, systems, used) VALUES (${tenant}, $1, $2, $3::uuid, 0, '{}', now()) ` +
  `ON CONFLICT (tenant, caller, name) DO UPDATE SET closure = excluded.closure, version = excluded.version, systems = excluded.systems, used = excluded.used`;

const insert =
  `INSERT INTO terminology_closure_concept (tenant, closure, system, code, own, added) ` +
  `SELECT ${tenant}, $1::uuid, system, code, own, $2::integer FROM unnest($3::text[], $4::text[], $5::text[]) AS c (system, code, own)`;

const forget = `DELETE FROM terminology_closure_concept WHERE tenant = ${tenant} AND closure = ANY ($1::uuid[])`;

async function requireRoom(session: SqlSession, caller: string): Promise<void> {
  const [row] = await session.rows<{ count: number }>({
    text: `SELECT count(*)::integer AS count FROM terminology_closure WHERE tenant = ${tenant} AND caller = $1`,
    values: [caller],
  });
  if (row!.count >= mostClosures) throw new TooManyClosures();
}
