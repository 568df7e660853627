import { FhirError } from '../../r4/errors/fhir-error.js';
import type { CriteriaSettings } from '../../r4/search/query/criteria-settings.js';
import type { Criterion } from '../../r4/search/query/criterion.js';
import { needsTerminology, terminologyIn, withCodes } from '../../r4/terminology/value-sets/expand-criteria.js';
import type { OfTerminology } from '../../r4/search/query/filter.js';
import type { CodeSet } from '../../r4/terminology/value-sets/code-set.js';
import { parseCriterion } from '../../r4/search/query/parse-criterion.js';
import { SearchOffer } from '../../r4/search/parameters/search-offer.js';
import type { SearchParameter } from '../../r4/search/parameters/search-parameter.js';
import type { SearchParameters } from '../../r4/search/parameters/search-parameters.js';
import type { ValueSettings } from '../../r4/search/values/value-settings.js';
import { decodeOnce, type Outcome } from '../grammar/scope-constraints.js';
import { type CodesReader, type ListedCodes, nameOfCodes } from './policy-codes.js';

const mostKept = 5000;
const chainDepth = 8;

/** Criteria of an expression; `isUnlisted`: it is sound, but the codes that it names cannot be listed now. */
export type ReadExpression = Outcome<readonly Criterion[]> & { readonly isUnlisted?: true };

/**
 * Reads the search expressions of policies, such as `Observation?patient.organization=Organization/o1`: whatever search
 * takes, with modifiers, OR, chains and `_has`, on every parameter that is indexed. Codes of value sets and hierarchies are
 * those of the last {@link readCodes}.
 */
export class PolicyExpressions {
  private readonly kept = new Map<string, ReadExpression>();
  private readonly settings: CriteriaSettings;
  private revision = -1;
  private reader: CodesReader | undefined;
  private codes: ReadonlyMap<string, ListedCodes> = new Map();

  constructor(
    { base, timeZone }: ValueSettings,
    private readonly parameters: SearchParameters,
  ) {
    this.settings = { offer: new IndexedParameters(parameters), base, timeZone, chainDepth, maySearch: () => true };
  }

  setReader(reader: CodesReader): void {
    this.reader = reader;
  }

  /** Looks codes up where the other one does. */
  shareReader({ reader }: PolicyExpressions): void {
    this.reader = reader;
  }

  /** Reads the codes of all value sets and hierarchies in the expressions (`Type?…`); true if some changed. */
  async readCodes(expressions: readonly string[]): Promise<boolean> {
    const codes = await this.reader?.read(expressions.flatMap((expression) => this.terminologyOf(expression)));
    if (!codes || codes === this.codes) return false;
    this.codes = codes;
    this.kept.clear();
    return true;
  }

  /** Returns why codes that the expressions name cannot be listed now, each reason once. */
  async whyUnlisted(expressions: readonly string[]): Promise<readonly string[]> {
    const values = expressions.flatMap((expression) => this.terminologyOf(expression));
    const codes = await this.reader?.read(values);
    const problems = values.flatMap((value) => {
      const found = codes?.get(nameOfCodes(value));
      return typeof found === 'string' ? [unlisted(value, found)] : [];
    });
    return [...new Set(problems)];
  }

  /** The type in front may be left out. Throws 503 while the index of a parameter is being built. */
  read(type: string, expression: string): ReadExpression {
    const { revision } = this.parameters;
    if (revision !== this.revision || this.kept.size >= mostKept) this.kept.clear();
    this.revision = revision;
    const key = `${type} ${expression}`;
    let read = this.kept.get(key);
    if (!read) this.kept.set(key, (read = listed(this.parse(type, expression), this.codes)));
    return read;
  }

  /** With value sets and hierarchies as they are named. */
  parse(type: string, expression: string): Outcome<readonly Criterion[]> {
    return parseExpression(type, expression, this.settings);
  }

  private terminologyOf(expression: string): readonly OfTerminology[] {
    const parsed = this.parse(expression.split('?', 1)[0]!, expression);
    return 'ok' in parsed ? terminologyIn(parsed.ok) : [];
  }
}

function listed(parsed: Outcome<readonly Criterion[]>, codes: ReadonlyMap<string, ListedCodes>): ReadExpression {
  if ('why' in parsed || !needsTerminology(parsed.ok)) return parsed;
  for (const value of terminologyIn(parsed.ok)) {
    const found = codes.get(nameOfCodes(value));
    if (found === undefined) return { why: `${askedAs(value)} is none of what the policy says that it looks up.` };
    if (typeof found === 'string') return { why: unlisted(value, found), isUnlisted: true };
  }
  return { ok: withCodes(parsed.ok, (value) => codes.get(nameOfCodes(value)) as CodeSet) };
}

const unlisted = (value: OfTerminology, why: string): string =>
  `this server cannot list the codes of ${askedAs(value)}. ${why}`;

const askedAs = ({ asked: { parameter, text } }: OfTerminology): string => `${parameter}=${text}`;

function parseExpression(type: string, expression: string, settings: CriteriaSettings): Outcome<readonly Criterion[]> {
  const [, ownType, query] = /^(?:([A-Za-z]+)\?)?(.*)$/s.exec(expression)!;
  if (ownType !== undefined && ownType !== type)
    return { why: `it is about ${ownType}, where ${type} was asked about.` };
  const criteria: Criterion[] = [];
  for (const pair of query!.split('&')) {
    const criterion = readPair(type, pair, settings);
    if ('why' in criterion) return criterion;
    criteria.push(criterion.ok);
  }
  return { ok: criteria };
}

function readPair(type: string, pair: string, settings: CriteriaSettings): Outcome<Criterion> {
  const equals = pair.indexOf('=');
  if (equals < 1 || equals === pair.length - 1) return { why: 'a search expression has the form parameter=value.' };
  const name = decodeOnce(pair.slice(0, equals));
  const value = decodeOnce(pair.slice(equals + 1));
  if (name === undefined || value === undefined) return { why: 'it is not valid percent-encoded text.' };
  try {
    return { ok: parseCriterion(type, name, value, settings) };
  } catch (error) {
    if (error instanceof FhirError && error.status < 500) return { why: error.message };
    throw error;
  }
}

/** A policy limits by whatever is indexed, not only by what clients are offered. */
class IndexedParameters extends SearchOffer {
  protected override isOffered({ code, expression }: SearchParameter): boolean {
    return expression !== undefined || code === '_list';
  }
}
