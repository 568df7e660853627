import type { Criterion } from '../../../r4/search/query/criterion.js';
import type { FilterValue } from '../../../r4/search/query/filter.js';
import { unitSeparator } from '../../../r4/search/index/index-values.js';
import { isOfIdentifiers } from '../../../r4/search/index/own-entries.js';
import { ConceptConditions } from '../concepts/concept-conditions.js';
import { type Driver, driversOf } from '../concepts/concept-drivers.js';
import { wholeRowsOf } from '../partitions.js';
import { pick, type TokenValue } from '../predicates/filters/filter-values.js';
import { hashesOfValues, kindsWithCodesOf } from '../predicates/filters/hashed-predicate.js';
import { isThere } from '../predicates/filters/selection-predicate.js';
import type { BindParameters } from '../session/statement.js';
import { tenant } from '../session/tenant-parameter.js';
import { fewEnds, keysAtOnce } from './far-ends.js';
import { sourceOf } from './found-rows.js';
import { type PageCompiler, type SearchGroup, selectMatches } from './search-groups.js';
import type { SearchOrder } from './search-order.js';
import { looksAtFew } from './selectivity.js';

type SelectionValue = Extract<FilterValue, { readonly kind: 'selection' }>;

/** Codes of loaded code systems, too many to be listed, and codes beside them. */
interface Members {
  readonly code: string;
  readonly selections: readonly { readonly value: SelectionValue; readonly driver: Driver }[];
  readonly tokens: readonly TokenValue[];
}

/** Rows that are walked before the members are looked for: as many as there are members, which takes about as long, within these bounds. */
const walked = { least: 1000, most: 500_000 };
/** Postings of a condition that are looked at to tell how many members there are, about. */
const mostPostings = 4000;

/**
 * The criterion of many codes of a loaded code system that alone decides which rows match, of a caller who sees all of them, in an order that an index has.
 * Undefined where an index serves something else that is asked for, and where the members cannot be told without a look at each concept.
 */
export function findMembers(
  { types, access, criteria }: SearchGroup,
  order: Pick<SearchOrder, 'isPlain' | 'dateKey'>,
): Members | undefined {
  const [criterion, ...others] = criteria.filter(({ kind }) => kind !== 'not');
  if (criterion?.kind !== 'filter' || others.length > 0 || types.length > 1 || !access.unrestricted) return undefined;
  if (!(order.isPlain || order.dateKey('r')) || looksAtFew({ access, criteria })) return undefined;
  return membersOf(criterion);
}

function membersOf({ filter: { parameter, values } }: Extract<Criterion, { kind: 'filter' }>): Members | undefined {
  const tokens = pick(values, 'token').filter(({ system, code }) => system !== undefined && code !== undefined);
  const selections = pick(values, 'selection').flatMap((value) => {
    const [driver] = driversOf(value.selection, { words: [], codes: [] });
    return driver ? [{ value, driver }] : [];
  });
  const isAll = selections.length > 0 && selections.length + tokens.length === values.length;
  return isAll ? { code: parameter.code, selections, tokens } : undefined;
}

/**
 * The first rows of a group that have any of many codes. Where that is frequent, a walk along the order soon has its page. Where it is not, all members
 * are looked for by their hashes, which takes as long as there are members, however many rows there are. Where that finds many rows, the walk goes on.
 */
export function fromMembers(group: SearchGroup, compiler: PageCompiler): string | undefined {
  const { order, limit, parameters } = compiler;
  const members = findMembers(group, order);
  if (!members) return undefined;
  const [type = ''] = group.types;
  const columns = order.columns('r');
  const first = (name: string): string => `${order.orderBy(name)} LIMIT ${limit}`;
  const ahead = (): readonly string[] => [
    `r.type = ${parameters.add(type, 'text')}`,
    ...order.position('r', parameters),
  ];
  const walk = '(SELECT number FROM walk)';
  const source = sourceOf(type, ahead(), `${order.orderByValues('r')} LIMIT ${walk}`);
  const rest = `SELECT FROM ${wholeRowsOf(type)} AS r WHERE r.tenant = ${tenant} AND NOT r.deleted AND ${ahead().join(' AND ')}`;
  const isBeyond = '(SELECT holds FROM beyond)';
  const isFew = `(SELECT count(*) FROM far) <= ${fewEnds}`;
  const select = (...conditions: readonly string[]): string =>
    selectMatches(group, columns, compiler, [isBeyond, ...conditions, ...order.position('r', parameters)]);
  const parts = [
    `walk AS MATERIALIZED (SELECT ${walkOf(members, parameters)} AS number)`,
    `near AS MATERIALIZED (${selectMatches({ ...group, source }, columns, compiler)} LIMIT ${limit})`,
    `beyond AS MATERIALIZED (SELECT (SELECT count(*) FROM near) < ${limit} AND EXISTS (${rest} OFFSET ${walk}) AS holds)`,
    `members AS MATERIALIZED (SELECT array_agg(hash ORDER BY hash) AS hashes FROM (${hashesOf(members, parameters)}) AS member)`,
    `far AS MATERIALIZED (${rowsOfMembers(type, parameters)} WHERE ${isBeyond} LIMIT ${fewEnds + 1})`,
    `hits AS MATERIALIZED (${select(isFew, 'r.id = ANY (ARRAY(SELECT id FROM far))')})`,
  ];
  return (
    `WITH ${parts.join(', ')} SELECT * FROM ((SELECT * FROM near WHERE NOT ${isBeyond}) UNION ALL (SELECT * FROM hits ${first('hits')}) ` +
    `UNION ALL (SELECT * FROM (${select(`NOT (${isFew})`)}) AS many ${first('many')})) AS either ${first('either')}`
  );
}

function walkOf({ selections }: Members, parameters: BindParameters): string {
  const numbers = selections.map(({ value, driver }) => {
    const conditions = new ConceptConditions(value.load, parameters);
    return `(${conditions.cost(driver, mostPostings)})::bigint`;
  });
  return `greatest(${walked.least}, least(${walked.most}, ${numbers.join(' + ')}))`;
}

/** The hashes that rows with the members hold. An error where the concepts were taken out: rows would be missing. */
function hashesOf({ code, selections, tokens }: Members, parameters: BindParameters): string {
  const listed = parameters.add(
    [
      ...hashesOfValues(
        code,
        tokens.map((token) => ({ ...token, kind: 'token' })),
      ),
      ...selections.flatMap(({ value: { system } }) => kindsWithCodesOf(code, system)),
    ],
    'bigint[]',
  );
  const hashOf = (entry: string): string =>
    isOfIdentifiers(code) ? `lanyard_own_token(${tenant}, ${entry})` : `lanyard_token(${entry})`;
  const hashed = selections.map(({ value: { system, load, selection }, driver }) => {
    const conditions = new ConceptConditions(load, parameters);
    const start = parameters.add(`${code}${unitSeparator}`, 'text');
    const end = parameters.add(`${unitSeparator}${system}`, 'text');
    return (
      `SELECT ${hashOf(`${start} || c.code || ${end}`)} FROM terminology_concept AS c ` +
      `WHERE ${isThere(conditions)} AND ${conditions.isFound(driver)} AND ${conditions.of(selection)}`
    );
  });
  return [`SELECT unnest(${listed}) AS hash`, ...hashed].join(' UNION ALL ');
}

/** A row may come several times. GIN compares all keys of one look with each other, so each look has few. */
function rowsOfMembers(type: string, parameters: BindParameters): string {
  const found =
    `SELECT l.id FROM ${wholeRowsOf(type)} AS l WHERE l.tenant = ${tenant} AND l.type = ${parameters.add(type, 'text')} AND NOT l.deleted ` +
    `AND l.tok && members.hashes[part.at : part.at + ${keysAtOnce - 1}] OFFSET 0`;
  return (
    `SELECT l.id FROM members CROSS JOIN LATERAL generate_series(1, cardinality(members.hashes), ${keysAtOnce}) AS part (at) ` +
    `CROSS JOIN LATERAL (${found}) AS l`
  );
}
