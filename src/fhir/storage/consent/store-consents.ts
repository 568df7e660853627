import type { ConsentRules } from '../../../r4/consent/consent-rule.js';
import { readConsent } from '../../../r4/consent/read-consent.js';
import type { ValueSettings } from '../../../r4/search/values/value-settings.js';
import type { JsonObject } from '../../../r4/json/json.js';
import type { Written } from '../writing/change.js';
import { tenant } from '../session/tenant-parameter.js';
import type { SqlSession } from '../session/sql-session.js';

/** A Consent as a transaction leaves it; without content, its deletion. */
export interface StoredConsent {
  /** Position in the changes handed to `write`. */
  readonly index: number;
  readonly type: string;
  readonly id: string;
  readonly resource?: JsonObject;
}

/** Puts the rules of Consents in the place of those before, in the transaction that stores them, and tells what is not enforced. */
export async function storeConsents(
  session: SqlSession,
  settings: ValueSettings,
  changes: readonly StoredConsent[],
  results: Map<number, Written>,
): Promise<void> {
  const consents = changes.filter(({ type }) => type === 'Consent');
  if (consents.length === 0) return;
  const readings = consents.map(({ index, id, resource }) => {
    const { enforced, remarks } = resource ? readConsent(resource, settings) : { remarks: [] };
    const written = results.get(index);
    if (written && remarks.length > 0) results.set(index, { ...written, remarks: [...written.remarks, ...remarks] });
    return { id, ...(enforced && { enforced }) };
  });
  await replaceRules(session, readings);
}

export interface ConsentOfId {
  readonly id: string;
  readonly enforced?: ConsentRules;
}

const columns = {
  consent: 'text',
  patient: 'text',
  node: 'integer',
  denies: 'boolean',
  uncertain: 'boolean',
  parent: 'integer',
  path: 'integer[]',
  starts: 'timestamptz',
  ends: 'timestamptz',
  actors: 'text[]',
  actions: 'text[]',
  purposes: 'text[]',
  classes: 'text[]',
  codes: 'text[]',
  labels: 'text[]',
  data: 'text[]',
  linked: 'text[]',
  data_low: 'numeric',
  data_high: 'numeric',
} as const;
const names = Object.keys(columns).join(', ');
const recordset = Object.entries(columns).map(([name, type]) => `${name} ${type}`);

export async function replaceRules(session: SqlSession, consents: readonly ConsentOfId[]): Promise<void> {
  await session.count({
    text: `DELETE FROM consent_rule WHERE tenant = ${tenant} AND consent = ANY ($1::text[])`,
    values: [consents.map(({ id }) => id)],
  });
  const rows = consents.flatMap(({ id, enforced }) =>
    (enforced?.rules ?? []).map((rule) => ({ ...rule, consent: id, patient: enforced!.patient })),
  );
  if (rows.length === 0) return;
  await session.count({
    text:
      `INSERT INTO consent_rule (tenant, ${names}) SELECT ${tenant}, ${names} ` +
      `FROM json_to_recordset($1::json) AS row (${recordset.join(', ')})`,
    values: [JSON.stringify(rows)],
  });
}

/** True if any Consent denies anything to anybody. */
export async function someConsentDenies(session: SqlSession): Promise<boolean> {
  const text = `SELECT FROM consent_rule WHERE tenant = ${tenant} AND denies LIMIT 1`;
  return (await session.rows({ text, values: [] })).length > 0;
}
