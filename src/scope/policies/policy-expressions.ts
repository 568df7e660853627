import { FhirError } from '../../fhir/model/fhir-error.js';
import type { CriteriaSettings } from '../../fhir/search/criteria-settings.js';
import type { Criterion } from '../../fhir/search/criterion.js';
import { needsTerminology } from '../../fhir/search/expand-criteria.js';
import { parseCriterion } from '../../fhir/search/parse-criterion.js';
import { SearchOffer } from '../../fhir/search/search-offer.js';
import type { SearchParameter } from '../../fhir/search/search-parameter.js';
import type { SearchParameters } from '../../fhir/search/search-parameters.js';
import type { ValueSettings } from '../../fhir/search/value-settings.js';
import { decodeOnce, type Outcome } from '../scope-constraints.js';

const mostKept = 5000;
const chainDepth = 8;

/**
 * Reads the search expressions of policies, such as `Observation?patient.organization=Organization/o1`: whatever search
 * takes, with modifiers, OR, chains and `_has`, on every parameter that is indexed.
 */
export class PolicyExpressions {
  private readonly kept = new Map<string, Outcome<readonly Criterion[]>>();
  private readonly settings: CriteriaSettings;
  private revision = -1;

  constructor(
    { base, timeZone }: ValueSettings,
    private readonly parameters: SearchParameters,
  ) {
    this.settings = { offer: new IndexedParameters(parameters), base, timeZone, chainDepth, maySearch: () => true };
  }

  /** The type in front may be left out. Throws 503 while the index of a parameter is being built. */
  read(type: string, expression: string): Outcome<readonly Criterion[]> {
    const { revision } = this.parameters;
    if (revision !== this.revision || this.kept.size >= mostKept) this.kept.clear();
    this.revision = revision;
    const key = `${type} ${expression}`;
    let read = this.kept.get(key);
    if (!read) this.kept.set(key, (read = readExpression(type, expression, this.settings)));
    return read;
  }
}

function readExpression(type: string, expression: string, settings: CriteriaSettings): Outcome<readonly Criterion[]> {
  const [, ownType, query] = /^(?:([A-Za-z]+)\?)?(.*)$/s.exec(expression)!;
  if (ownType !== undefined && ownType !== type)
    return { why: `it is about ${ownType}, where ${type} was asked about.` };
  const criteria: Criterion[] = [];
  for (const pair of query!.split('&')) {
    const criterion = readPair(type, pair, settings);
    if ('why' in criterion) return criterion;
    criteria.push(criterion.ok);
  }
  return needsTerminology(criteria)
    ? { why: 'value sets and hierarchies (:in, :not-in, :above, :below of codes) cannot be looked up for a policy.' }
    : { ok: criteria };
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
