import type { SubsumptionLink } from '../../../r4/terminology/code-systems/stored-concepts.js';
import type { SqlSession } from '../session/sql-session.js';
import { BindParameters } from '../session/statement.js';
import { ConceptConditions } from './concept-conditions.js';

/** Each two of the codes of a load of which one is above the other, and one at least is of `fresh`; up to so many. */
export function readLinks(
  session: SqlSession,
  load: number,
  {
    codes,
    fresh,
    most,
  }: { readonly codes: readonly string[]; readonly fresh: readonly string[]; readonly most: number },
): Promise<readonly SubsumptionLink[]> {
  const parameters = new BindParameters();
  const { mine } = new ConceptConditions(load, parameters);
  const [all, some] = [parameters.add(codes, 'text[]'), parameters.add(fresh, 'text[]')];
  return session.rows<SubsumptionLink>({
    text:
      `WITH asked AS MATERIALIZED (SELECT c.concept, c.code, c.ancestors, c.code = ANY (${some}) AS fresh ` +
      `FROM terminology_concept AS c WHERE ${mine('c')} AND c.code = ANY (${all})) ` +
      `SELECT x.code, o.code AS above FROM asked AS x CROSS JOIN LATERAL unnest(x.ancestors) AS a (concept) ` +
      `JOIN asked AS o ON o.concept = a.concept AND (o.fresh OR x.fresh) LIMIT ${parameters.add(most, 'integer')}`,
    values: parameters.values,
  });
}
