import { bare, elsewhere, escaped, prefixes, unescaped } from './changed-values.js';
import { type Criterion, nameOf, takesMissing, takesPrefix, textOf, written } from './criteria.js';
import {
  difference,
  expectSame,
  expectWithin,
  intersection,
  needed,
  neededIf,
  type Question,
  type Relation,
  union,
} from './relation.js';
import { joined } from './searches.js';

const search = ({ type }: Criterion, ...texts: readonly string[]): string => joined(type, ...texts);
const alone = (criterion: Criterion): string => search(criterion, textOf(criterion));

const setOf = ({ searches }: Question, criterion: Criterion) => searches.set(alone(criterion));

async function setsOf(question: Question, criteria: readonly Criterion[]): Promise<readonly ReadonlySet<string>[]> {
  const sets = [];
  for (const one of criteria) sets.push(await setOf(question, one));
  return sets;
}

/** Several criteria find what each of them finds. */
const conjunction: Relation = async (question) => {
  const { random, criteria, searches } = question;
  const type = criteria.type();
  const all = criteria.several(type, 2 + random.below(3));
  neededIf(all.length > 1);
  const sets = await setsOf(question, all);
  const query = joined(type, ...all.map(textOf));
  expectSame(query, await searches.set(query), intersection(...sets));
};

/** Values with commas between them find what any of them finds; `:not` what none finds. */
const disjunction: Relation = async (question) => {
  const { random, criteria, searches } = question;
  const first = needed(criteria.of(criteria.type()));
  neededIf(first.modifier !== 'missing' && first.parameter.type !== 'special');
  const others = Array.from({ length: 1 + random.below(3) }, () => {
    const exact = criteria.exact(first.type, ({ code }) => code === first.parameter.code);
    return exact && criteria.changed(exact);
  }).filter((one) => one !== undefined && one.modifier === first.modifier) as readonly Criterion[];
  neededIf(others.length > 0);
  const all = [first, ...others];
  const sets = await setsOf(question, all);
  const query = search(first, written(nameOf(first), all.map(({ value }) => value).join(',')));
  expectSame(query, await searches.set(query), first.modifier === 'not' ? intersection(...sets) : union(...sets));
};

/** `:not` finds the others of the type. */
const complement: Relation = async (question) => {
  const { criteria, searches } = question;
  const exact = needed(criteria.exactOfAny(({ type }) => type === 'token'));
  const all = await searches.set(exact.type);
  const negated = { ...exact, modifier: 'not' };
  expectSame(alone(negated), await setOf(question, negated), difference(all, await setOf(question, exact)));
};

/** `:missing` divides a type, and what a value finds is not missing. */
const missing: Relation = async (question) => {
  const { criteria, searches } = question;
  const some = needed(criteria.of(criteria.type()));
  const { parameter, type, modifier } = some;
  neededIf(takesMissing(parameter) && modifier !== 'missing' && modifier !== 'not');
  const [absent, present] = ['true', 'false'].map((value) => joined(type, `${parameter.code}:missing=${value}`)) as [
    string,
    string,
  ];
  const all = await searches.set(type);
  expectSame(absent, await searches.set(absent), difference(all, await searches.set(present)));
  expectWithin(alone(some), await setOf(question, some), await searches.set(present));
};

/** Sets by prefix of one value. */
async function byPrefix(question: Question, criterion: Criterion) {
  const sets = new Map<string, ReadonlySet<string>>();
  const value = bare(criterion.value);
  for (const prefix of prefixes) {
    if (prefix === 'ap' && criterion.parameter.type === 'date') continue;
    sets.set(prefix, await setOf(question, { ...criterion, value: prefix + value }));
  }
  return (prefix: (typeof prefixes)[number]) => sets.get(prefix)!;
}

/** https://hl7.org/fhir/R4/search.html#prefix, of each value by itself (docs/adr/0015). */
const prefixesAgree: Relation = async (question) => {
  const { criteria, searches } = question;
  const exact = needed(criteria.exactOfAny(takesPrefix));
  const criterion = criteria.changed(exact);
  neededIf(criterion.modifier === undefined);
  const what = `prefixes of ${alone(criterion)}`;
  const by = await byPrefix(question, criterion);
  expectSame(`${what}: no prefix`, await setOf(question, { ...criterion, value: bare(criterion.value) }), by('eq'));
  expectWithin(`${what}: sa, gt`, by('sa'), by('gt'));
  expectWithin(`${what}: eb, lt`, by('eb'), by('lt'));
  expectWithin(`${what}: gt, ge`, by('gt'), by('ge'));
  expectWithin(`${what}: lt, le`, by('lt'), by('le'));
  expectWithin(`${what}: sa and eb, ne`, union(by('sa'), by('eb')), union(by('ne'), by('eq')));
  expectSame(`${what}: eq and ne`, union(by('eq'), by('ne')), union(by('lt'), by('ge')));
  expectSame(`${what}: gt and le`, union(by('gt'), by('le')), union(by('lt'), by('ge')));
  if (criterion.parameter.type !== 'date') return;
  const present = await searches.set(joined(criterion.type, `${criterion.parameter.code}:missing=false`));
  expectSame(`${what}: ge`, by('ge'), union(by('gt'), by('eq')));
  expectSame(`${what}: le`, by('le'), union(by('lt'), by('eq')));
  expectSame(`${what}: ne`, by('ne'), union(by('lt'), by('gt')));
  expectSame(`${what}: eq and ne are all`, union(by('eq'), by('ne')), present);
};

/** The same instant is written in any zone; what a day finds, its month finds. */
const dates: Relation = async (question) => {
  const { random, criteria } = question;
  const exact = needed(criteria.exactOfAny(({ type }) => type === 'date'));
  const value = bare(exact.value);
  const prefix = random.pick(prefixes.filter((one) => one !== 'ap'));
  if (/T\d\d:\d\d:\d\d.*(?:Z|\d)$/.test(value)) {
    const one = { ...exact, value: prefix + value };
    const other = { ...exact, value: prefix + elsewhere(value, random.pick([-720, -570, 345, 840])) };
    expectSame(`${alone(other)} and ${alone(one)}`, await setOf(question, other), await setOf(question, one));
  }
  // Days are those of the server's zone, UTC.
  const utc = value.includes('T') ? new Date(value).toISOString() : value;
  const parts = [value, utc.slice(0, 10), utc.slice(0, 7), utc.slice(0, 4)];
  for (const [at, part] of parts.slice(1).entries()) {
    const [wide, narrow] = [part, parts[at]!].map((text) => ({ ...exact, value: text })) as [Criterion, Criterion];
    expectWithin(`${alone(narrow)} within ${alone(wide)}`, await setOf(question, narrow), await setOf(question, wide));
  }
};

/** What more than a number is, is more than a smaller one. */
const monotonic: Relation = async (question) => {
  const { random, criteria } = question;
  const exact = needed(criteria.exactOfAny(takesPrefix));
  const one = criteria.changed(exact);
  const other = criteria.changed(exact);
  const unit = ({ value }: Criterion): string => value.split('|').slice(1).join('|');
  const size = ({ value }: Criterion): number =>
    exact.parameter.type === 'date' ? Date.parse(bare(value)) : Number(bare(value).split('|')[0]);
  neededIf(one.modifier === undefined && other.modifier === undefined && unit(one) === unit(other));
  neededIf(exact.parameter.type !== 'date' || bare(one.value).length === bare(other.value).length);
  const [low, high] = size(one) <= size(other) ? [one, other] : [other, one];
  const prefix = random.pick(['gt', 'ge', 'sa', 'lt', 'le', 'eb']);
  const [narrow, wide] = ['gt', 'ge', 'sa'].includes(prefix) ? [high, low] : [low, high];
  const [part, whole] = [narrow, wide].map((by) => ({ ...by, value: prefix + bare(by.value) })) as [
    Criterion,
    Criterion,
  ];
  expectWithin(`${alone(part)} within ${alone(whole)}`, await setOf(question, part), await setOf(question, whole));
};

/** A start of a text is a part of it; case and accents do not count; `:exact` finds less. */
const texts: Relation = async (question) => {
  const { random, criteria } = question;
  const exact = needed(criteria.exactOfAny(({ type }) => type === 'string'));
  const text = unescaped(exact.value);
  const cut = escaped(text.slice(0, 1 + random.below(text.length)).trim());
  neededIf(/[a-z]/i.test(cut));
  const start = { ...exact, value: cut };
  const other = { ...exact, value: random.pick([cut.toUpperCase(), cut.toLowerCase(), cut.normalize('NFD')]) };
  const found = await setOf(question, start);
  expectSame(`${alone(other)} and ${alone(start)}`, await setOf(question, other), found);
  expectWithin(`${alone(start)} within :contains`, found, await setOf(question, { ...start, modifier: 'contains' }));
  const whole = { ...start, modifier: 'exact' };
  expectWithin(`${alone(whole)} within ${alone(start)}`, await setOf(question, whole), found);
};

/** `system|code` and `|code` find what `code` finds, and `system|` more than `system|code`. */
const tokens: Relation = async (question) => {
  const { criteria } = question;
  const exact = needed(criteria.exactOfAny(({ type, code }) => type === 'token' && code !== '_id'));
  const [system = '', code = ''] = exact.value.split(/(?<!\\)\|/);
  neededIf(code !== '' && system !== '');
  const found = await setOf(question, exact);
  expectWithin(`${alone(exact)} within its code`, found, await setOf(question, { ...exact, value: code }));
  expectWithin(`${alone(exact)} within its system`, found, await setOf(question, { ...exact, value: `${system}|` }));
};

/** An id finds what its references with a type find. */
const references: Relation = async (question) => {
  const { criteria, searches } = question;
  const { parameter, target, source } = needed(criteria.link(criteria.type()));
  const type = source.resourceType;
  const address = `${target.resourceType}/${target.id}`;
  const ask = (name: string, value: string) => searches.set(joined(type, written(name, value)));
  const typed = await ask(parameter.code, address);
  const what = `${type}?${parameter.code}=${address}`;
  expectWithin(`${what} finds its source`, [`${type}/${source.id}`], typed);
  expectSame(`${what}, absolute`, await ask(parameter.code, `${searches.base}/${address}`), typed);
  expectSame(`${what}, by type`, await ask(`${parameter.code}:${target.resourceType}`, target.id), typed);
  expectWithin(`${what} within its id`, typed, await ask(parameter.code, target.id));
};

/** A composite finds less than its components alone. */
const composites: Relation = async (question) => {
  const { criteria, content, searches } = question;
  const exact = needed(criteria.exactOfAny(({ type }) => type === 'composite'));
  const parts = exact.value.split('$');
  const found = await setOf(question, exact);
  for (const [at, { definition }] of (exact.parameter.component ?? []).entries()) {
    const parameter = [...content.parameters.forType(exact.type).values()].find(({ url }) => url === definition);
    if (!parameter) continue;
    const query = search(exact, written(parameter.code, parts[at]!));
    expectWithin(`${alone(exact)} within ${query}`, found, await searches.set(query));
  }
};

/** How a search is written makes no difference. */
const writing: Relation = async ({ random, criteria, searches }) => {
  const type = criteria.type();
  const all = criteria.several(type, 3).map(textOf);
  neededIf(all.length > 1);
  const query = joined(type, ...all);
  const found = await searches.set(query);
  const again = joined(type, ...random.some(all, all.length), random.pick(all));
  expectSame(`${again} and ${query}`, await searches.set(again), found);
  const posted = (await searches.answer(joined(query, '_count=1000'), 'POST')).body.entry ?? [];
  const ids = (posted as readonly { resource: { id: string } }[]).map(({ resource }) => `${type}/${resource.id}`);
  if (found.size <= 1000) expectSame(`POST ${query}`, ids, found);
};

export const setRelations: Readonly<Record<string, Relation>> = {
  conjunction,
  disjunction,
  complement,
  missing,
  prefixes: prefixesAgree,
  dates,
  monotonic,
  texts,
  tokens,
  references,
  composites,
  writing,
};
