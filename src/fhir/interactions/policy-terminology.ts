import { Injectable } from '@nestjs/common';
import type { Principal } from '../../auth/principal.js';
import { AccessRules } from '../../scope/access-rules.js';
import { type CodesReader, type ListedCodes, nameOfCodes } from '../../scope/policies/policy-codes.js';
import { RequestContext } from '../../scope/request-context.js';
import { FhirError } from '../model/fhir-error.js';
import type { OfTerminology } from '../search/filter.js';
import { CannotExpand } from '../search/terminology/cannot-expand.js';
import { Expansion } from '../search/terminology/expansion.js';
import type { TerminologySource } from '../search/terminology/terminology-source.js';
import { readTerminologyGeneration } from '../storage/policies/terminology-generation.js';
import { SqlSession } from '../storage/sql-session.js';
import { ResourceRepository } from '../storage/resource.repository.js';
import { Terminology } from './terminology.js';

/** The server itself, which looks at terminology whoever is limited by it. */
const server: Principal = {
  issuer: '',
  local: true,
  subject: 'access-policies',
  kind: 'machine',
  scopes: ['system/ValueSet.rs', 'system/CodeSystem.rs'],
  clearance: 'V',
  consentExempt: true,
  userWithoutFhirUser: 'deny',
  expiresAt: Infinity,
  claims: {},
};

/** Reads the value sets and hierarchies that policies name; again only after some ValueSet or CodeSystem was written. */
@Injectable()
export class PolicyTerminology implements CodesReader {
  private known: ReadonlyMap<string, ListedCodes> = new Map();
  private generation = '';

  constructor(
    private readonly rules: AccessRules,
    private readonly terminology: Terminology,
    private readonly resources: ResourceRepository,
    private readonly session: SqlSession,
  ) {
    rules.expressions.setReader(this);
  }

  async read(values: readonly OfTerminology[]): Promise<ReadonlyMap<string, ListedCodes>> {
    if (values.length === 0) return this.known;
    // Looked at before they are, so that what is written meanwhile is seen the next time.
    const generation = await readTerminologyGeneration(this.session);
    const isKnown = values.every((value) => this.known.has(nameOfCodes(value)));
    if (isKnown && generation === this.generation) return this.known;
    const context = new RequestContext(server, this.rules.withoutPolicies());
    const source = this.terminology.builtInFirst(context, this.resources);
    const known = new Map<string, ListedCodes>();
    let isComplete = true;
    for (const value of values) {
      const name = nameOfCodes(value);
      if (known.has(name)) continue;
      const listed = await list(value, source);
      known.set(name, listed instanceof FhirError ? listed.message : listed);
      isComplete &&= !(listed instanceof FhirError);
    }
    this.known = known;
    this.generation = isComplete ? generation : '';
    return known;
  }
}

/** The codes; why there are none; or what stands in the way for now, such as an index that is being built. */
async function list(value: OfTerminology, source: TerminologySource): Promise<ListedCodes | FhirError> {
  try {
    // One for each, so that none uses up what another may take.
    return await new Expansion(source).of(value);
  } catch (error) {
    if (error instanceof CannotExpand) return error.fact;
    if (error instanceof FhirError) return error;
    throw error;
  }
}
