import { Injectable } from '@nestjs/common';
import { resourceTypes } from '../../../r4/model/resource-types.js';
import { SearchDefinitions } from '../indexing/search-definitions.js';
import { tableOf } from '../partitions.js';
import { hashedPredicate, holdsValue } from '../predicates/filters/hashed-predicate.js';
import { SqlSession } from '../session/sql-session.js';
import { BindParameters } from '../session/statement.js';
import { tenant } from '../session/tenant-parameter.js';

/** Resources that are wanted: those that claim a profile in `meta.profile`, and all of some types. */
export interface Wanted {
  /** Urls of profiles; a claim with a version is one of the url. */
  readonly profiles: readonly string[];
  readonly types: ReadonlySet<string>;
}

/** The current version of a resource. */
export interface ClaimingRow {
  readonly id: string;
  readonly body: string;
}

export interface Sample {
  readonly rows: number;
  /** Bytes of all of them, at most; the first row comes even if it has more. */
  readonly bytes: number;
}

/** Rows among which a sample is chosen: finding more of a frequent profile takes long. */
const mostCandidates = 10_000;
/** Rows that one statement walks along. */
const walked = 2_000;
const page: Sample = { rows: 200, bytes: 2_000_000 };

/** Reads stored resources by the profiles that they claim. Each statement is short, and no transaction is held between them. */
@Injectable()
export class ClaimingRows {
  constructor(
    private readonly session: SqlSession,
    private readonly definitions: SearchDefinitions,
  ) {}

  /** Urls of the profiles of resources that packages have. */
  async installedProfiles(): Promise<readonly string[]> {
    const parameters = new BindParameters();
    const type = parameters.add('StructureDefinition', 'text');
    const is = (code: string, value: string): string =>
      holdsValue(code, [{ kind: 'token', code: value }], 'r', parameters);
    const text = `
      SELECT DISTINCT d.url FROM package_definition AS d
      JOIN ${tableOf('StructureDefinition')} AS r ON r.tenant = ${tenant} AND r.type = d.type AND r.id = d.id AND NOT r.deleted
      WHERE d.tenant = ${tenant} AND d.type = ${type} AND ${is('derivation', 'constraint')} AND ${is('kind', 'resource')}`;
    const rows = await this.session.rows<{ url: string }>({ text, values: parameters.values });
    return rows.map(({ url }) => url);
  }

  /** Types of which at least one resource is wanted. */
  async typesOf({ profiles, types }: Wanted): Promise<readonly string[]> {
    this.definitions.requireSearchable();
    const found: string[] = [];
    for (const type of [...resourceTypes].toSorted()) {
      if (!types.has(type) && profiles.length === 0) continue;
      const parameters = new BindParameters();
      const text = `
        SELECT FROM ${tableOf(type)} AS r WHERE ${ofType(type, parameters)}
          AND ${types.has(type) ? 'true' : claims(profiles, parameters)} LIMIT 1`;
      const rows = await this.session.rows({ text, values: parameters.values });
      if (rows.length > 0) found.push(type);
    }
    return found;
  }

  /** Rows of a type, chosen at random among the first that the index finds. */
  async sample(type: string, { profiles, types }: Wanted, { rows, bytes }: Sample): Promise<readonly ClaimingRow[]> {
    this.definitions.requireSearchable();
    const parameters = new BindParameters();
    const condition = types.has(type) ? 'true' : claims(profiles, parameters);
    const text = `
      WITH candidate AS (
        SELECT r.id FROM ${tableOf(type)} AS r WHERE ${ofType(type, parameters)} AND ${condition} LIMIT ${mostCandidates}),
      chosen AS (SELECT id FROM candidate ORDER BY random() LIMIT ${parameters.add(rows, 'integer')}),
      sized AS (
        SELECT r.id, octet_length(r.body) AS size, sum(octet_length(r.body)) OVER (ORDER BY r.id) AS total
        FROM chosen JOIN ${tableOf(type)} AS r ON ${ofType(type, parameters)} AND r.id = chosen.id)
      SELECT r.id, r.body FROM sized JOIN ${tableOf(type)} AS r ON ${ofType(type, parameters)} AND r.id = sized.id
      WHERE sized.total = sized.size OR sized.total <= ${parameters.add(bytes, 'bigint')} ORDER BY r.id`;
    return this.session.rows<ClaimingRow & Record<string, unknown>>({ text, values: parameters.values });
  }

  /** All rows of a type in the order of their ids, in pages. */
  async *pages(type: string, wanted: Wanted): AsyncGenerator<readonly ClaimingRow[]> {
    this.definitions.requireSearchable();
    let end: string | undefined;
    for (let start = ''; (end = await this.endOf(type, start)) !== undefined; start = end) {
      let after = start;
      for (;;) {
        const rows = await this.within(type, wanted, { after, end });
        if (rows.length === 0) break;
        yield rows;
        after = rows.at(-1)!.id;
      }
    }
  }

  /** The id up to which one walk goes. */
  private async endOf(type: string, after: string): Promise<string | undefined> {
    const text = `
      SELECT max(id) AS "end" FROM (
        SELECT id FROM ${tableOf(type)} WHERE tenant = ${tenant} AND type = $1::text AND id > $2::text COLLATE "C"
        ORDER BY id LIMIT ${walked}) AS walk`;
    const [found] = await this.session.rows<{ end: string | null }>({ text, values: [type, after] });
    return found?.end ?? undefined;
  }

  private within(
    type: string,
    { profiles, types }: Wanted,
    { after, end }: { readonly after: string; readonly end: string },
  ): Promise<readonly ClaimingRow[]> {
    const parameters = new BindParameters();
    const condition = types.has(type) ? 'true' : holdsValue('_profile', valuesOf(profiles), 'r', parameters);
    const from = `r.id > ${parameters.add(after, 'text')} COLLATE "C" AND r.id <= ${parameters.add(end, 'text')} COLLATE "C"`;
    const text = `
      WITH chosen AS (
        SELECT r.id FROM ${tableOf(type)} AS r WHERE ${ofType(type, parameters)} AND ${from} AND ${condition}
        ORDER BY r.id LIMIT ${page.rows}),
      sized AS (
        SELECT r.id, octet_length(r.body) AS size, sum(octet_length(r.body)) OVER (ORDER BY r.id) AS total
        FROM chosen JOIN ${tableOf(type)} AS r ON ${ofType(type, parameters)} AND r.id = chosen.id)
      SELECT r.id, r.body FROM sized JOIN ${tableOf(type)} AS r ON ${ofType(type, parameters)} AND r.id = sized.id
      WHERE sized.total = sized.size OR sized.total <= ${page.bytes} ORDER BY r.id`;
    return this.session.rows<ClaimingRow & Record<string, unknown>>({ text, values: parameters.values });
  }
}

const ofType = (type: string, parameters: BindParameters): string =>
  `r.tenant = ${tenant} AND r.type = ${parameters.add(type, 'text')} AND NOT r.deleted`;

const valuesOf = (profiles: readonly string[]) => profiles.map((uri) => ({ kind: 'uri', uri }) as const);

const claims = (profiles: readonly string[], parameters: BindParameters): string =>
  hashedPredicate('_profile', valuesOf(profiles), 'r', parameters);
