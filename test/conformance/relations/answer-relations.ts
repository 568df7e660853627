import { compartmentMembers } from '../../../src/r4/model/compartments.js';
import { sortKind } from '../../../src/r4/search/parameters/sort-kind.js';
import { bare, unescaped } from './changed-values.js';
import { type Criterion, takesPrefix, textOf, words, written } from './criteria.js';
import {
  expectSame,
  expectSameOrder,
  expectWithin,
  needed,
  intersection,
  neededIf,
  type Question,
  type Relation,
  Different,
  union,
} from './relation.js';
import { addressOf } from '../../support/published-examples.js';
import { entriesOf, type Found, joined } from './searches.js';

/** Without a value they sort by nothing else. */
const withOrder: ReadonlySet<string> = new Set(['number', 'quantity', 'string', 'uri']);

/** A search by some criteria, and how to sort its type. */
function sorted({ criteria, content, random }: Question) {
  const type = criteria.type();
  const query = joined(type, ...criteria.several(type, random.below(3)).map(textOf));
  const codes = [...content.parameters.forType(type).values()].filter((one) => sortKind(one) !== undefined);
  const keys = random.some(codes, random.pick([1, 1, 1, 2, 3])).map(({ code }) => code);
  return { type, query, keys };
}

const signed = ({ random }: Question, keys: readonly string[]): string =>
  keys.map((key) => (random.chance(0.5) ? `-${key}` : key)).join(',');

/** Any order has the same matches, page by page there and back. */
const pages: Relation = async (question) => {
  const { random, searches } = question;
  const { query, keys } = sorted(question);
  const found = await searches.all(query);
  const ordered = random.chance(0.2) ? query : joined(query, `_sort=${signed(question, keys)}`);
  const whole = await searches.all(ordered);
  expectSame(ordered, whole, found);
  const counts = [1, 3, 7, 20, 50].filter((count) => found.length / count < 60);
  neededIf(counts.length > 0);
  const paged = joined(ordered, `_count=${random.pick(counts)}`, '_elements=id');
  const { there, back } = await searches.thereAndBack(paged);
  expectSameOrder(`${paged}, there`, there, whole);
  expectSameOrder(`${paged}, back`, back, whole);
};

/** Throws if something that is `present` comes after something that is not. */
function expectOthersLast(what: string, order: Found, present: ReadonlySet<string>): void {
  const firstWithout = order.findIndex((one) => !present.has(one));
  const lastWith = order.findLastIndex((one) => present.has(one));
  if (firstWithout !== -1 && lastWith > firstWithout)
    throw new Different(`${what}: ${order[firstWithout]} has no value and is not last`);
}

/** Throws if something of `later` comes before something of `earlier`. */
function expectBefore(what: string, order: Found, [earlier, later]: readonly [Found, Found]): void {
  const [before, after] = [new Set(earlier), new Set(later)];
  const lastBefore = order.findLastIndex((one) => before.has(one));
  const firstAfter = order.findIndex((one) => after.has(one));
  if (firstAfter !== -1 && lastBefore > firstAfter)
    throw new Different(`${what}: ${order[firstAfter]} comes before ${order[lastBefore]}`);
}

/** A date alone, after `ge` and after `le`. */
const formsOfOne = 3;

/** Rows without a value come last; of dates, what ends before one comes before what starts after it. */
const orders: Relation = async (question) => {
  const { searches, content, criteria, random } = question;
  const isDate = random.chance(0.6);
  const exact = needed(
    criteria.exactOfAny(
      (one) => (isDate ? one.type === 'date' : withOrder.has(one.type)) && sortKind(one) !== undefined,
    ),
  );
  const { type, parameter } = exact;
  const query = joined(type, ...criteria.several(type, random.below(2)).map(textOf));
  const [up, down] = [
    await searches.all(joined(query, `_sort=${parameter.code}`)),
    await searches.all(joined(query, `_sort=-${parameter.code}`)),
  ];
  const what = `${query} by ${parameter.code}`;
  const present = await searches.set(joined(type, `${parameter.code}:missing=false`));
  for (const order of [up, down]) expectOthersLast(what, order, present);
  const codesOf = (one: string) =>
    content.queriesOf(content.byAddress.get(one)!).filter(({ code }) => code === parameter.code);
  // Of several values the least counts, or the greatest.
  if (!isDate || up.some((one) => codesOf(one).length > formsOfOne)) return;
  const ask = (prefix: string) => searches.all(joined(type, written(parameter.code, `${prefix}${bare(exact.value)}`)));
  const [earlier, later] = [await ask('eb'), await ask('sa')];
  expectBefore(`${what}, ${exact.value}`, up, [earlier, later]);
  expectBefore(`${what}, ${exact.value}, the last first`, down, [later, earlier]);
};

/** Totals count what is found. */
const totals: Relation = async ({ criteria, searches, random }) => {
  const type = criteria.type();
  const query = joined(type, ...criteria.several(type, random.below(4)).map(textOf));
  const { size } = await searches.set(query);
  for (const how of ['_total=accurate&_count=1', '_summary=count', '_count=0', '_total=estimate&_count=3']) {
    const { total } = (await searches.answer(joined(query, how))).body;
    if (total !== size) throw new Different(`${query} with ${how}: ${total} instead of ${size}`);
  }
};

/** What is left out of resources leaves no match out. */
const parts: Relation = async ({ criteria, searches, random }) => {
  const type = criteria.type();
  const query = joined(type, ...criteria.several(type, 1 + random.below(2)).map(textOf), '_count=50');
  const found = entriesOf(await searches.answer(query), 'match');
  const how = random.pick(['_summary=true', '_summary=text', '_summary=data', '_elements=id,meta', '_pretty=true']);
  expectSameOrder(joined(query, how), entriesOf(await searches.answer(joined(query, how)), 'match'), found);
};

/** An operator and its value; undefined where `_filter` has another meaning. */
function operation({ parameter, modifier, value }: Criterion): readonly [string, string] | undefined {
  const { code, type } = parameter;
  if (modifier === 'contains') return ['co', unescaped(value)];
  if (modifier !== undefined || type === 'special') return undefined;
  if (words.has(code)) return ['co', value];
  if (type === 'string') return ['sw', unescaped(value)];
  const rest = takesPrefix(parameter) ? bare(value) : value;
  return [rest === value ? 'eq' : value.slice(0, 2), rest];
}

/** R4's `_filter` of a criterion. */
function filterText(criterion: Criterion): string | undefined {
  const { parameter, modifier, value } = criterion;
  if (modifier === 'missing') return `${parameter.code} pr ${value === 'true' ? 'false' : 'true'}`;
  if (modifier === 'not') return `not (${parameter.code} eq ${JSON.stringify(value)})`;
  const [operator, text] = operation(criterion) ?? [];
  return operator === undefined ? undefined : `${parameter.code} ${operator} ${JSON.stringify(text)}`;
}

/** `_filter` finds what parameters find. */
const filters: Relation = async ({ criteria, searches, random }) => {
  const type = criteria.type();
  const some = criteria.several(type, 1 + random.below(3));
  const texts = some.map(filterText);
  neededIf(some.length > 0 && texts.every((text) => text !== undefined));
  const sets = [];
  for (const one of some) sets.push(await searches.set(joined(type, textOf(one))));
  const isAnd = random.chance(0.5);
  const query = joined(type, `_filter=${encodeURIComponent(texts.join(isAnd ? ' and ' : ' or '))}`);
  const expected = sets.reduce((all, one) => (isAnd ? intersection(all, one) : union(all, one)));
  expectSame(`${texts.join(isAnd ? ' and ' : ' or ')} of ${type}`, await searches.set(query), expected);
};

const isMember = (type: string): boolean => compartmentMembers('Patient').includes(type);

/** A patient finds what everybody finds, of the own record. */
const patients: Relation = async (question) => {
  const { criteria, searches, content, random } = question;
  const synthetic = content.byType.get('Patient')!.filter(({ id }) => id.length === 36);
  const patient = random.pick(synthetic);
  const type = criteria.type();
  const own = searches.patient(patient.id);
  const record = await own.set(type);
  if (isMember(type) && type !== 'Patient') {
    const members = await searches.set(`${addressOf(patient)}/${type}`);
    expectWithin(`${type} of ${addressOf(patient)}`, members, record);
  }
  const some = criteria.several(type, 1 + random.below(2)).map(textOf);
  const query = joined(type, ...some);
  const expected = intersection(record, await searches.set(query));
  expectSame(`${query} of ${addressOf(patient)}`, await own.set(query), expected);
  const paged = joined(query, `_sort=-${random.pick(['_lastUpdated', '_id'])}`, '_count=7');
  if (expected.size < 200) {
    const { there, back } = await own.thereAndBack(paged);
    expectSame(`${paged} of ${addressOf(patient)}`, there, expected);
    expectSameOrder(`${paged} of ${addressOf(patient)}, back`, back, there);
  }
  const posted = await own.answer(joined(query, '_count=1000'), 'POST');
  if (expected.size <= 1000) expectSame(`POST ${query} of ${addressOf(patient)}`, entriesOf(posted, 'match'), expected);
  const { total } = (await own.answer(joined(query, '_summary=count'))).body;
  if (total !== expected.size) throw new Different(`${query}: ${total} instead of ${expected.size}`);
};

/** A granular scope is a criterion that goes with every search. */
const scopes: Relation = async (question) => {
  const { criteria, searches, random } = question;
  const type = criteria.type();
  const limit = needed(criteria.of(type));
  neededIf(limit.modifier === undefined && limit.parameter.type !== 'special' && !limit.parameter.code.startsWith('_'));
  const text = textOf(limit);
  const caller = searches.service(`system/${type}.rs?${text}`);
  const inside = await searches.set(joined(type, text));
  expectSame(`${type} within ${text}`, await caller.set(type), inside);
  const query = joined(type, ...criteria.several(type, 1 + random.below(2)).map(textOf));
  expectSame(`${query} within ${text}`, await caller.set(query), intersection(inside, await searches.set(query)));
};

/** History since an instant tells of what was changed since. */
const histories: Relation = async ({ criteria, content, searches }) => {
  const type = criteria.type();
  const since = content.lastUpdated(criteria.resource(type));
  const query = `${type}/_history?_since=${encodeURIComponent(since)}&_count=1000`;
  const answer = await searches.answer(query);
  const entries = (answer.body.entry ?? []) as readonly { resource?: { id: string }; request: { method: string } }[];
  neededIf(entries.length < 1000);
  const found = entries.flatMap(({ resource }) => (resource ? [`${type}/${resource.id}`] : []));
  const changed = await searches.set(`${type}?_lastUpdated=ge${encodeURIComponent(since)}`);
  expectSame(
    query,
    found.filter((one) => content.byAddress.has(one)),
    changed,
  );
};

export const answerRelations: Readonly<Record<string, Relation>> = {
  pages,
  _sort: orders,
  totals,
  'parts of resources': parts,
  _filter: filters,
  'patients on their own record': patients,
  'granular scopes': scopes,
  histories,
};
