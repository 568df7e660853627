import type { Principal } from '../../auth/principal.js';
import { FhirError } from '../../r4/errors/fhir-error.js';
import { grouped } from '../../r4/model/grouped.js';
import { ownerElement } from '../../r4/model/owner-elements.js';
import { resourceTypes } from '../../r4/model/resource-types.js';
import { type Chain, type Criterion, criterionKey, linksOf } from '../../r4/search/query/criterion.js';
import type { Filter, FilterValue } from '../../r4/search/query/filter.js';
import type { SearchParameters } from '../../r4/search/parameters/search-parameters.js';
import { type Permission, permissions } from '../grammar/permission.js';
import type { AccessDecision, AccessPolicy } from './policy.js';
import type { PolicyExpressions } from './policy-expressions.js';

/** A policy that limits the caller by what resources of other types say. */
export interface Dependency {
  readonly policy: string;
  /** Types that it limits. */
  readonly limits: readonly string[];
}

/** Policies that limit a caller by what resources of a type say, by type (ADR 42). */
export interface Dependencies {
  of(type: string, permission: Permission): readonly Dependency[];
}

export interface PolicyReading {
  readonly policies: readonly AccessPolicy[];
  readonly expressions: Pick<PolicyExpressions, 'parse'>;
  readonly parameters: SearchParameters;
}

/** A type that an expression looks at, beside the rows it limits. */
interface Look {
  readonly type: string;
  /** A caller whose writes all satisfy these, before and after, changes nothing by them: only ids are looked at. */
  readonly unless?: readonly Criterion[];
}

interface Constraint extends Look {
  readonly policy: string;
  readonly limits: string;
}

const none: readonly Dependency[] = [];

/** Types that policies may depend on if they cannot be read now. */
const mayDecide = [
  'CareTeam',
  'CodeSystem',
  'Consent',
  'Group',
  'List',
  'Organization',
  'Person',
  'PractitionerRole',
  'RelatedPerson',
  'SearchParameter',
  'StructureDefinition',
  'ValueSet',
];

/** Returns what the policies that limit a caller depend on. Asks each policy about many types: keep the result. */
export function dependenciesOf(principal: Principal, reading: PolicyReading): Dependencies {
  const reader = new LookReader(reading);
  const found: Constraint[] = [];
  for (const policy of reading.policies) {
    for (const type of limitedTypes(policy)) {
      for (const expressions of waysToLimit(policy, principal, type))
        found.push(...reader.looks(type, expressions).map((look) => ({ ...look, policy: policy.name, limits: type })));
    }
  }
  const byType = grouped(found, (look) => look.type);
  /** Keys of the criteria that every row satisfies which the caller may write. */
  const limitsOf = (type: string, permission: Permission): ReadonlySet<string> => {
    const decisions = reading.policies.map((policy) => policy.decide({ principal, type, permission }));
    const criteria = decisions.flatMap((one) =>
      one.verdict === 'constrain' ? reader.criteria(type, one.expression) : [],
    );
    return new Set(criteria.map(criterionKey));
  };
  return {
    of(type, permission) {
      const looks = byType.get(type);
      if (!looks) return none;
      if (looks.every(({ unless }) => !unless)) return byPolicy(looks);
      const limits = limitsOf(type, permission);
      return byPolicy(looks.filter(({ unless }) => !unless?.every((one) => limits.has(criterionKey(one)))));
    },
  };
}

/** The expressions that a policy may limit the type by, each set once: permissions mostly share theirs. */
function waysToLimit(policy: AccessPolicy, principal: Principal, type: string): Iterable<readonly string[]> {
  const ways = permissions.map((permission) =>
    expressionsOf(policy, type, policy.decide({ principal, type, permission })),
  );
  return new Map(ways.map((expressions) => [expressions.join('\n'), expressions])).values();
}

const limitedTypes = ({ expressions }: AccessPolicy): Iterable<string> =>
  expressions ? new Set(expressions.map(typeOf)) : resourceTypes;

const typeOf = (expression: string): string => expression.split('?', 1)[0]!;

/** A policy whose expression cannot be read now refuses what it may limit, and still depends on the type. */
function expressionsOf({ expressions = [] }: AccessPolicy, type: string, decision: AccessDecision): readonly string[] {
  if (decision.verdict === 'constrain') return [decision.expression];
  return decision.verdict === 'deny' ? expressions.filter((one) => typeOf(one) === type) : [];
}

function byPolicy(constraints: readonly Constraint[]): readonly Dependency[] {
  const names = [...new Set(constraints.map(({ policy }) => policy))];
  return names.map((policy) => ({
    policy,
    limits: [...new Set(constraints.filter((one) => one.policy === policy).map(({ limits }) => limits))].toSorted(),
  }));
}

/** Reads each expression once. */
class LookReader {
  private readonly read = new Map<string, readonly Criterion[] | undefined>();

  constructor(private readonly reading: PolicyReading) {}

  criteria(type: string, expression: string): readonly Criterion[] {
    return this.parse(type, expression) ?? [];
  }

  /** Looks of several forms of one expression; if none can be read now: every type that decides who sees what. */
  looks(type: string, expressions: readonly string[]): readonly Look[] {
    if (expressions.length === 0) return [];
    const parsed = expressions.flatMap((expression) => this.parse(type, expression) ?? []);
    if (parsed.length === 0) return mayDecide.map((one) => ({ type: one }));
    return new Walk(this.reading.parameters).over(parsed, { type });
  }

  private parse(type: string, expression: string): readonly Criterion[] | undefined {
    const key = `${type} ${expression}`;
    if (!this.read.has(key)) this.read.set(key, parse(type, expression, this.reading.expressions));
    return this.read.get(key);
  }
}

/** Undefined for an expression that cannot be read now: what it limits is refused meanwhile. */
function parse(
  type: string,
  expression: string,
  expressions: PolicyReading['expressions'],
): readonly Criterion[] | undefined {
  try {
    const read = expressions.parse(type, expression);
    return 'ok' in read ? read.ok : undefined;
  } catch (error) {
    if (error instanceof FhirError) return undefined;
    throw error;
  }
}

/** Place of a criterion within an expression. */
interface Place {
  readonly type: string;
  /** Look at a type beside the limited rows themselves. */
  readonly looked?: Look;
  /** Below a `not`, where what is deleted or no longer fits counts. */
  readonly isNegated?: boolean;
}

class Walk {
  constructor(private readonly parameters: SearchParameters) {}

  over(criteria: readonly Criterion[], place: Place): readonly Look[] {
    return criteria.flatMap((criterion) => this.at(criterion, place));
  }

  private at(criterion: Criterion, place: Place): readonly Look[] {
    switch (criterion.kind) {
      case 'filter':
        return this.byFilter(criterion.filter, place);
      case 'not':
        return this.at(criterion.of, { ...place, isNegated: true });
      case 'all':
      case 'any':
        return this.over(criterion.of, place);
      case 'hierarchy': {
        const { parameter, type } = criterion;
        return [...lookedAt(place), ...this.byParameter(place.type, parameter), { type }];
      }
      case 'chain':
        return this.through(criterion, place);
      default: {
        const { type, parameter, criteria } = criterion;
        return [...this.byParameter(type, parameter), { type }, ...this.over(criteria, { ...place, ...placeOf(type) })];
      }
    }
  }

  private byFilter({ parameter, values }: Filter, place: Place): readonly Look[] {
    return [
      ...lookedAt(place),
      ...(this.parameters.isCustom(parameter) ? [{ type: 'SearchParameter' }] : []),
      ...(values.some(isOfTerminology) ? [{ type: 'ValueSet' }, { type: 'CodeSystem' }] : []),
    ];
  }

  private through({ from, parameter, type, criteria, byUrl }: Chain, place: Place): readonly Look[] {
    const isNegated = place.isNegated === true;
    const next = byUrl || isNegated ? placeOf(type) : { type, looked: { type, unless: criteria } };
    return [
      ...lookedAt(place),
      ...this.byParameter(from, parameter),
      ...(isNegated ? [{ type }] : []),
      ...this.over(criteria, { ...next, isNegated }),
    ];
  }

  private byParameter(type: string, code: string): readonly Look[] {
    const parameter = this.parameters.find(type, code);
    return parameter && this.parameters.isCustom(parameter) ? [{ type: 'SearchParameter' }] : [];
  }
}

const lookedAt = ({ looked }: Place): readonly Look[] => (looked ? [looked] : []);

const placeOf = (type: string): Place => ({ type, looked: { type } });

const isOfTerminology = ({ kind }: FilterValue): boolean => kind === 'in' || kind === 'subsumption';

/**
 * Types whose resources put others within reach of a policy's callers by an element that does not name the owner: a
 * List of patients. From the declared expressions of every policy, for any caller.
 */
export function typesThatList({ policies, expressions }: Omit<PolicyReading, 'parameters'>): ReadonlySet<string> {
  const criteria = policies.flatMap((policy) =>
    (policy.expressions ?? []).flatMap((expression) => parse(typeOf(expression), expression, expressions) ?? []),
  );
  const listing = linksOf(criteria).filter(
    ({ kind, type, parameter }) => kind === 'has' && !saysWhose(type, parameter),
  );
  return new Set(listing.map(({ type }) => type));
}

const saysWhose = (type: string, parameter: string): boolean =>
  ['patient', 'subject', ownerElement(type)?.path.split('.').at(-1)].includes(parameter);
