import { compartmentMembers, compartmentParameters } from '../../../src/r4/model/compartments.js';
import { isResourceType } from '../../../src/r4/model/resource-types.js';
import { targetsOf } from '../../../src/r4/search/parameters/reference-targets.js';
import { addressOf, type Stored } from '../../support/published-examples.js';
import { type Criterion, nameOf, textOf, written } from './criteria.js';
import {
  difference,
  expectSame,
  intersection,
  needed,
  neededIf,
  type Question,
  type Relation,
  union,
} from './relation.js';
import { entriesOf, joined, type Searches } from './searches.js';

const ofType = (addresses: Iterable<string>, type: string): readonly string[] =>
  [...addresses].filter((one) => one.startsWith(`${type}/`));

/** What refers to any of the addresses. */
async function referring(searches: Searches, name: string, to: readonly string[]): Promise<ReadonlySet<string>> {
  const sets: ReadonlySet<string>[] = [];
  for (let at = 0; at < to.length; at += 150)
    sets.push(await searches.set(`${name}=${encodeURIComponent(to.slice(at, at + 150).join(','))}`));
  return union(...sets);
}

/** A criterion by which a chain of one or two links ends. */
function linked(question: Question, type: string) {
  const { criteria, random } = question;
  const { parameter, target } = needed(criteria.link(type));
  const inner = needed(random.chance(0.7) ? criteria.of(target.resourceType) : criteria.exact(target.resourceType));
  neededIf(inner.parameter.type !== 'special');
  return { parameter, targetType: target.resourceType, inner };
}

/** A chain finds what refers to what its end finds. */
const chain: Relation = async (question) => {
  const { criteria, searches } = question;
  const type = criteria.type();
  const { parameter, targetType, inner } = linked(question, type);
  const query = `${type}?${parameter.code}:${targetType}.${textOf(inner)}`;
  const ends = await searches.all(joined(targetType, textOf(inner)));
  neededIf(ends.length < 3000);
  expectSame(query, await searches.set(query), await referring(searches, `${type}?${parameter.code}`, ends));
};

/** A chain of two links finds what a chain of one finds, link by link; and goes with other criteria. */
const chains: Relation = async (question) => {
  const { criteria, searches } = question;
  const type = criteria.type();
  const { parameter, target } = needed(criteria.link(type));
  const next = linked(question, target.resourceType);
  const far = `${next.parameter.code}:${next.targetType}.${textOf(next.inner)}`;
  const ends = await searches.all(`${target.resourceType}?${far}`);
  neededIf(ends.length < 3000);
  const query = `${type}?${parameter.code}:${target.resourceType}.${far}`;
  const expected = await referring(searches, `${type}?${parameter.code}`, ends);
  expectSame(query, await searches.set(query), expected);
  const more = criteria.of(type);
  if (!more) return;
  const both = joined(query, textOf(more));
  expectSame(both, await searches.set(both), intersection(expected, await searches.set(joined(type, textOf(more)))));
};

/** Without a type a chain goes through all types that have the parameter. */
const untyped: Relation = async (question) => {
  const { criteria, searches, content } = question;
  const type = criteria.type();
  const { parameter, inner } = linked(question, type);
  const query = `${type}?${parameter.code}.${textOf(inner)}`;
  const found = await searches.set(query);
  const sets = [];
  for (const target of targetsOf(parameter).filter(isResourceType)) {
    const same = content.parameters.find(target, inner.parameter.code);
    if (!same || !content.byType.has(target)) continue;
    sets.push(await searches.set(`${type}?${parameter.code}:${target}.${textOf(inner)}`));
  }
  expectSame(query, found, union(...sets));
};

/** A link into a resource of the type, from what refers to it. */
function referrer({ criteria, random, content }: Question) {
  const source = criteria.type();
  const { parameter, target } = needed(criteria.link(source));
  const inner = needed(random.chance(0.7) ? criteria.of(source) : criteria.exact(source));
  neededIf(inner.parameter.type !== 'special' && content.byType.has(source));
  return { source, parameter, type: target.resourceType, inner };
}

function targetsOfAll({ criteria, content }: Question, found: Iterable<string>, code: string): Set<string> {
  return new Set([...found].flatMap((one) => criteria.targets(content.byAddress.get(one)!, code)));
}

/** `_has` finds what is referred to. */
const has: Relation = async (question) => {
  const { searches } = question;
  const { source, parameter, type, inner } = referrer(question);
  const query = `${type}?_has:${source}:${parameter.code}:${textOf(inner)}`;
  const found = await searches.all(joined(source, textOf(inner)));
  const expected = ofType(targetsOfAll(question, found, parameter.code), type);
  expectSame(query, await searches.set(query), expected);
};

/** `_has` goes with other criteria, behind a chain, and within another one. */
const hasWithMore: Relation = async (question) => {
  const { criteria, searches, content, random } = question;
  const { source, parameter, type, inner } = referrer(question);
  const member = `_has:${source}:${parameter.code}:${textOf(inner)}`;
  const expected = await searches.set(`${type}?${member}`);
  const more = criteria.of(type);
  if (more) {
    const query = joined(type, member, textOf(more));
    expectSame(
      query,
      await searches.set(query),
      intersection(expected, await searches.set(joined(type, textOf(more)))),
    );
  }
  const from = random.pick([...content.byType.keys()]);
  const link = criteria.link(from);
  if (link?.target.resourceType !== type) return;
  const query = `${from}?${link.parameter.code}:${type}.${member}`;
  expectSame(
    query,
    await searches.set(query),
    await referring(searches, `${from}?${link.parameter.code}`, [...expected]),
  );
};

/** What is included is what matches refer to, and matches stay the same. */
const include: Relation = async (question) => {
  const { criteria, searches, random } = question;
  const type = criteria.type();
  const { parameter, target } = needed(criteria.link(type));
  const more = needed(criteria.of(type));
  const ofOne = random.chance(0.4) ? target.resourceType : undefined;
  const query = joined(type, textOf(more), `_count=30`);
  const including = joined(query, `_include=${type}:${parameter.code}${ofOne === undefined ? '' : `:${ofOne}`}`);
  const answer = await searches.answer(including);
  const matches = entriesOf(answer, 'match');
  expectSame(`matches of ${including}`, matches, entriesOf(await searches.answer(query), 'match'));
  const wanted = [...targetsOfAll(question, matches, parameter.code)];
  const targets = ofOne === undefined ? wanted : ofType(wanted, ofOne);
  expectSame(including, entriesOf(answer, 'include'), difference(new Set(targets), new Set(matches)));
};

/** What refers to matches, which a search by reference finds too. */
const revinclude: Relation = async (question) => {
  const { criteria, searches } = question;
  const { source, parameter, type } = referrer(question);
  const more = needed(criteria.of(type));
  const query = joined(type, textOf(more), '_count=5');
  const including = joined(query, `_revinclude=${source}:${parameter.code}`);
  const answer = await searches.answer(including);
  const matches = entriesOf(answer, 'match');
  neededIf(matches.length > 0);
  const expected = await referring(searches, `${source}?${parameter.code}`, matches);
  // An answer has a limit on what it includes, and says so.
  neededIf(expected.size < 900);
  expectSame(including, entriesOf(answer, 'include'), difference(expected, new Set(matches)));
};

/** `:iterate` follows references of what was included. */
const iterate: Relation = async (question) => {
  const { criteria, searches, content } = question;
  const type = criteria.type();
  const first = needed(criteria.link(type));
  const second = needed(criteria.link(first.target.resourceType));
  const [middle, code] = [first.target.resourceType, second.parameter.code];
  neededIf(middle !== type);
  const query = joined(
    type,
    textOf(needed(criteria.of(type))),
    '_count=20',
    `_include=${type}:${first.parameter.code}`,
    `_include:iterate=${middle}:${code}`,
  );
  const answer = await searches.answer(query);
  const matches = entriesOf(answer, 'match');
  const included = targetsOfAll(question, matches, first.parameter.code);
  let round = ofType(included, middle);
  while (round.length > 0) {
    const found = [...targetsOfAll(question, round, code)].filter((one) => !included.has(one));
    for (const one of found) included.add(one);
    round = ofType(found, middle).filter((one) => content.byAddress.has(one));
  }
  expectSame(query, entriesOf(answer, 'include'), difference(included, new Set(matches)));
};

/** A search in a compartment finds what the search finds among its members. */
const compartment: Relation = async ({ criteria, searches, content, random }) => {
  const patient: Stored = random.pick(content.byType.get('Patient')!);
  const type = criteria.type();
  neededIf(compartmentMembers('Patient').includes(type));
  const some = criteria.several(type, 1 + random.below(2)).map(textOf);
  const query = joined(`${addressOf(patient)}/${type}`, ...some);
  const members = await searches.set(`${addressOf(patient)}/${type}`);
  const both = intersection(members, await searches.set(joined(type, ...some)));
  expectSame(query, await searches.set(query), both);
  const ways = compartmentParameters('Patient', type).filter((code) => content.parameters.find(type, code));
  // A patient is in the own compartment without a reference.
  neededIf(ways.length > 0 && type !== 'Patient');
  const sets = [];
  for (const way of ways) sets.push(await searches.set(`${type}?${way}=${addressOf(patient)}`));
  expectSame(`${addressOf(patient)}/${type}`, members, union(...sets));
};

/** A search of several types finds what each search of one finds. */
const system: Relation = async ({ criteria, searches, content, random }) => {
  const types = random.some([...content.byType.keys()], 2 + random.below(3));
  const common = ['_id', '_lastUpdated', '_tag', '_profile', '_security', '_content', '_text'];
  const made = Array.from({ length: 20 }, () => criteria.of(random.pick(types)));
  const some: readonly Criterion[] = made
    .filter((one) => one !== undefined && common.includes(one.parameter.code))
    .slice(0, 1 + random.below(2)) as readonly Criterion[];
  neededIf(some.length > 0);
  const query = joined('', `_type=${types.join(',')}`, ...some.map(textOf));
  const sets = [];
  for (const type of types) sets.push(await searches.set(joined(type, ...some.map(textOf))));
  expectSame(query, await searches.set(query), union(...sets));
};

/** Members of a List. */
const list: Relation = async ({ criteria, searches, content, random }) => {
  const one = random.pick(needed(content.byType.get('List')));
  const targets = criteria.targets(one, 'item');
  neededIf(targets.length > 0);
  const type = random.pick(targets).split('/')[0]!;
  const more = needed(criteria.of(type));
  const query = joined(type, written('_list', one.id), textOf(more));
  const expected = intersection(new Set(ofType(targets, type)), await searches.set(joined(type, textOf(more))));
  expectSame(`${query} ${nameOf(more)}`, await searches.set(query), expected);
};

export const linkRelations: Readonly<Record<string, Relation>> = {
  chain,
  'chains of two links': chains,
  'chains without a type': untyped,
  _has: has,
  '_has with more': hasWithMore,
  _include: include,
  _revinclude: revinclude,
  ':iterate': iterate,
  compartments: compartment,
  'several types': system,
  _list: list,
};
