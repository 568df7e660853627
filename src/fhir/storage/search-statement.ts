import type { Access } from '../../scope/access.js';
import type { Criterion } from '../search/criterion.js';
import type { SearchRequest } from '../search/search-request.js';
import { tableOf, tenant } from './partitions.js';
import { criteriaPredicate } from './criterion-predicate.js';
import { accessPredicate } from './predicate.js';
import { BindParameters, type Statement } from './statement.js';
import { storedVersion } from './stored-version.js';

export type AccessTo = (type: string) => Access<'s'>;

/**
 * One statement for one page and the row that tells whether another follows. Where few rows can match, they are
 * collected first: left alone, the planner would walk the order of ids through all others to find them.
 */
export function searchStatement(access: Access<'s'>, request: SearchRequest, accessTo: AccessTo): Statement {
  const parameters = new BindParameters();
  const type = parameters.add(access.type, 'text');
  const conditions = [
    `r.tenant = ${tenant}`,
    `r.type = ${type}`,
    'NOT r.deleted',
    criteriaPredicate(request.criteria, 'r', { parameters, accessTo }),
    accessPredicate(access, 'r', parameters),
    ...positionConditions(request, parameters),
  ].filter((condition) => condition !== 'true');
  const matching = `FROM ${tableOf(access.type)} AS r WHERE ${conditions.join(' AND ')}`;
  const direction = request.before === undefined ? 'ASC' : 'DESC';
  const limit = parameters.add(request.count + 1, 'integer');
  const text = isSelective(access, request)
    ? `WITH hits AS MATERIALIZED (SELECT r.id ${matching}), ` +
      `page AS (SELECT id FROM hits ORDER BY id ${direction} LIMIT ${limit}) ` +
      `SELECT ${storedVersion('r')} FROM page JOIN ${tableOf(access.type)} AS r ` +
      `ON r.tenant = ${tenant} AND r.type = ${type} AND r.id = page.id ORDER BY r.id ${direction}`
    : `SELECT ${storedVersion('r')} ${matching} ORDER BY r.id ${direction} LIMIT ${limit}`;
  return { text, values: parameters.values };
}

function positionConditions({ after, before }: SearchRequest, parameters: BindParameters): readonly string[] {
  return [
    ...(after === undefined ? [] : [`r.id > ${parameters.add(after, 'text')}`]),
    ...(before === undefined ? [] : [`r.id < ${parameters.add(before, 'text')}`]),
  ];
}

/** Ids, identifiers and the record of one patient match few rows of a partition. */
function isSelective(access: Access<'s'>, { criteria }: SearchRequest): boolean {
  const byRecord = access.grants.every(
    ({ within, only }) => within?.membership === 'compartment' || only !== undefined,
  );
  return byRecord || criteria.some(isIdentity);
}

function isIdentity(criterion: Criterion): boolean {
  if (criterion.kind !== 'filter') return false;
  const { parameter, values } = criterion.filter;
  return (
    parameter.code === '_id' ||
    (parameter.code === 'identifier' && values.every((value) => value.kind === 'token' && value.code !== undefined))
  );
}
