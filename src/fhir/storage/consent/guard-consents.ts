import { Refused } from '../../../refusal/refusal.js';
import { type Change, refuseFailures } from '../writing/change.js';
import { tenant } from '../session/tenant-parameter.js';
import type { SqlSession } from '../session/sql-session.js';

/** Types that say who belongs to a care team, a role or an organization, and the types of the actors that Consents name so. */
const members: ReadonlyMap<string, readonly string[]> = new Map([
  ['CareTeam', ['CareTeam']],
  ['PractitionerRole', ['PractitionerRole', 'Organization']],
]);

/** True if Consents may depend on what is changed; such a write is more than one statement. */
export const mayGuide = ({ type, access }: Pick<Change, 'type' | 'access'>): boolean =>
  members.has(type) && access.isBoundByConsents;

/**
 * A caller whom Consents limit changes nothing that Consents depend on (ADR 42). This holds while some Consent names an actor of the
 * kind, whichever: a refusal for certain teams or organizations would tell of their Consents.
 */
export async function guardConsents(session: SqlSession, changes: readonly Change[]): Promise<void> {
  const guiding = changes.flatMap((change, index) => (mayGuide(change) ? [{ index, type: change.type }] : []));
  if (guiding.length === 0) return;
  const kinds = await namedKinds(session, [...new Set(guiding.flatMap(({ type }) => members.get(type)!))]);
  const refused = guiding.filter(({ type }) => members.get(type)!.some((kind) => kinds.has(kind)));
  refuseFailures(refused.map(({ index, type }) => ({ index, error: refusal(type) })));
}

/** Returns the kinds that some Consent names as an actor. Each is looked for in all rules: nothing indexes them. */
async function namedKinds(session: SqlSession, kinds: readonly string[]): Promise<ReadonlySet<string>> {
  const exists = kinds.map(
    (kind, i) =>
      `EXISTS (SELECT FROM consent_rule AS rule CROSS JOIN unnest(rule.actors) AS actor ` +
      `WHERE rule.tenant = ${tenant} AND starts_with(actor, '${kind}/')) AS kind_${i}`,
  );
  const [row] = await session.rows<Record<string, boolean>>({ text: `SELECT ${exists.join(', ')}`, values: [] });
  return new Set(kinds.filter((_, i) => row?.[`kind_${i}`] === true));
}

const refusal = (type: string): Refused =>
  new Refused([
    {
      code: 'policy-relevant',
      fact: `Consents count for the caller, and some go by what a ${type} says, so whom they limit writes none.`,
      cure:
        `Have a machine do it, a user whom Consents do not limit (lanyard user set NAME --consent-exempt), or one with the right admin/Policy.u. ` +
        'It holds as long as some Consent of this server names such actors.',
    },
  ]);
