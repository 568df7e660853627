import { Injectable } from '@nestjs/common';
import { FhirError } from '../../../r4/errors/fhir-error.js';
import { objectsOf, textOf } from '../../../r4/json/items.js';
import { isObject, type JsonObject } from '../../../r4/json/json.js';
import { readStored } from '../../../r4/json/stored-json.js';
import { inTurns } from '../../../r4/json/turns.js';
import { clearanceOf } from '../../../scope/consent/withheld.js';
import { SearchHooks } from '../../hooks/search-hooks.js';
import { SearchInteraction } from '../../interactions/search/search.interaction.js';
import { searchRows } from '../../interactions/search/search-rows.js';
import { Terminology } from '../../interactions/terminology/terminology.js';
import { ResourceRepository } from '../../storage/resource.repository.js';
import type { Operation, OperationCall, OperationDeclaration } from '../operation.js';
import { comparisonWith, identifiersOf } from './compare-patients.js';
import { escaped, mostOfSearch, queriesFor } from './match.operation.js';
import { whyNoConsent } from './member-consent.js';

/** Persons who agree and whose coverages are looked at, each by a search. */
const mostAgreeing = 50;
/** Coverages of one person. */
const mostCoverages = 200;

const declaration = {
  code: 'member-match',
  level: ['type'],
  types: ['Patient'],
  affectsState: false,
  access: [
    { permission: 's' },
    { permission: 'r' },
    { permission: 's', type: 'Coverage' },
    { permission: 'r', type: 'Coverage' },
  ],
  parameters: [
    {
      name: 'MemberPatient',
      type: 'Patient',
      min: 1,
      documentation: 'The member, as the asking system knows the person.',
    },
    {
      name: 'CoverageToMatch',
      type: 'Coverage',
      min: 1,
      documentation: 'The coverage here, with an identifier or a subscriberId.',
    },
    { name: 'CoverageToLink', type: 'Coverage', documentation: 'The coverage at the asking system. It is not stored.' },
    {
      name: 'Consent',
      type: 'Consent',
      min: 1,
      documentation: 'What the member permits. It is looked at, and not stored.',
    },
  ],
  returns: [
    { name: 'MemberIdentifier', type: 'Identifier', min: 1, documentation: 'The identifier of the member here.' },
    { name: 'MemberId', type: 'Reference', documentation: 'The Patient.' },
  ],
  definition: 'http://hl7.org/fhir/us/davinci-hrex/OperationDefinition/member-match',
  documentation:
    'Finds the one member who a person of another system is (Da Vinci HRex 1.1): by the rules of $match, and a coverage that agrees. 422 unless it is ' +
    'exactly one within reach, and where the Consent does not hold. Parameters: MemberPatient, CoverageToMatch, CoverageToLink, Consent.',
} as const satisfies OperationDeclaration;

type Call = OperationCall<typeof declaration>;

/** 422, in the same words whoever exists: what was sent leads to nobody, or to several. */
class NoMember extends FhirError {
  readonly status = 422;
  constructor(diagnostics: string, code: 'not-found' | 'business-rule' | 'too-costly' = 'business-rule') {
    super({ code, diagnostics });
  }
}

/** 422: whether there is exactly one member cannot be said, since not all who may be it were looked at. */
const tooMany = (fact: string): NoMember =>
  new NoMember(
    `${fact}, so that nobody can be told to be the one member. Say more of MemberPatient (an identifier, a birth date, all names), or send a CoverageToMatch with its identifier and without subscriberId.`,
    'too-costly',
  );

/** http://hl7.org/fhir/us/davinci-hrex/OperationDefinition/member-match */
@Injectable()
export class MemberMatchOperation implements Operation<typeof declaration> {
  readonly declaration = declaration;

  constructor(
    private readonly searches: SearchInteraction,
    readonly hooks: SearchHooks,
    readonly terminology: Terminology,
    readonly resources: ResourceRepository,
  ) {}

  async run(call: Call): Promise<object> {
    const { MemberPatient: member, CoverageToMatch: coverage, Consent: consent } = call.parameters;
    const { principal, rules } = call.context;
    const clearance = clearanceOf(principal, rules.withholding);
    const { timeZone } = this.searches.options;
    const obstacle = whyNoConsent(consent, { now: Date.now(), timeZone, clearance });
    if (obstacle !== undefined) throw new NoMember(obstacle);
    const isCovered = matcherOf(coverage);
    const found: JsonObject[] = [];
    for (const patient of await this.candidates(call, member, narrowing(coverage))) {
      if (await this.isInsured(call, textOf(patient['id']), isCovered)) found.push(patient);
      if (found.length > 1) break;
    }
    const [one, ...others] = found;
    if (!one || others.length > 0)
      throw new NoMember('There is not exactly one member within reach who agrees with what was sent.', 'not-found');
    return {
      resourceType: 'Parameters',
      parameter: [
        { name: 'MemberIdentifier', valueIdentifier: this.identifierOf(one) },
        { name: 'MemberId', valueReference: { reference: `Patient/${textOf(one['id'])}` } },
      ],
    };
  }

  /** Patients who are the member by the rules of `$match`, with nothing against it. */
  private async candidates(
    call: Call,
    member: JsonObject,
    narrowed: readonly (readonly [string, string])[],
  ): Promise<readonly JsonObject[]> {
    const compare = comparisonWith(member);
    const agrees = (patient: JsonObject): boolean => ['certain', 'probable'].includes(compare(patient).grade);
    const found = new Map<string, JsonObject>();
    for (const named of queriesFor(member)) {
      const query = new URLSearchParams(
        [...named, ...narrowed].map(([name, value]): [string, string] => [name, value]),
      );
      const people = await this.search(call, { type: 'Patient', query, most: mostOfSearch }, agrees);
      for (const patient of people) found.set(textOf(patient['id']), patient);
    }
    if (found.size > mostAgreeing) throw tooMany(`More than ${mostAgreeing} patients agree with the member`);
    return [...found.values()];
  }

  private async isInsured(call: Call, id: string, isCovered: (stored: JsonObject) => boolean): Promise<boolean> {
    const query = new URLSearchParams({ beneficiary: `Patient/${id}` });
    return (await this.search(call, { type: 'Coverage', query, most: mostCoverages }, isCovered)).length > 0;
  }

  /** All matches that agree. Throws 422 where there are more than `most`: one that was not looked at may be another member. */
  private async search(
    { context, budget }: Call,
    { type, query, most }: { readonly type: string; readonly query: URLSearchParams; readonly most: number },
    agrees: (resource: JsonObject) => boolean,
  ): Promise<readonly JsonObject[]> {
    const asked = { type, query: query.toString() };
    const { rows, hasMore } = await searchRows(this, this.searches, asked, { context, budget, most });
    if (hasMore) throw tooMany(`More than ${most} of ${type} may be of this member`);
    const read = await inTurns(rows, async ({ body }) => {
      const resource = await readStored(body);
      return agrees(resource) ? [resource] : [];
    });
    return read.flat();
  }

  /** The number as a member, or another one; where the token is shown none, the id. */
  private identifierOf(patient: JsonObject): JsonObject {
    const all = objectsOf(patient['identifier']).filter(({ value }) => textOf(value) !== '');
    const system = `${this.searches.options.base}/Patient`;
    return all.find(isMemberNumber) ?? all[0] ?? { system, value: textOf(patient['id']) };
  }
}

const isMemberNumber = ({ type }: JsonObject): boolean =>
  isObject(type) && objectsOf(type['coding']).some(({ code }) => code === 'MB');

/** Criterion of a patient with such a coverage, where that can be searched for: by an identifier, and not by `subscriberId`. */
function narrowing(coverage: JsonObject): readonly (readonly [string, string])[] {
  const identifiers = identifiersOf(coverage);
  if (identifiers.length === 0 || textOf(coverage['subscriberId']) !== '') return [];
  return [['_has:Coverage:beneficiary:identifier', identifiers.map(escaped).join(',')]];
}

/** Tells a coverage that agrees: in an identifier, or in the number of the subscriber. Throws 422 where nothing can agree. */
function matcherOf(coverage: JsonObject): (stored: JsonObject) => boolean {
  const [identifiers, subscriber] = [new Set(identifiersOf(coverage)), textOf(coverage['subscriberId'])];
  if (identifiers.size === 0 && subscriber === '')
    throw new NoMember(
      'CoverageToMatch needs an identifier with its system, or a subscriberId: a person alone is no member.',
    );
  return (stored) =>
    identifiersOf(stored).some((one) => identifiers.has(one)) ||
    (subscriber !== '' && textOf(stored['subscriberId']) === subscriber);
}
