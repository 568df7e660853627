import { Injectable } from '@nestjs/common';
import type { Principal } from '../../../auth/principal.js';
import { AccessRules } from '../../../scope/access-rules.js';
import { type CodesReader, type ListedCodes, nameOfCodes } from '../../../scope/policies/policy-codes.js';
import { ownWork } from '../../../database/caller-shares.js';
import { RequestContext } from '../../../scope/request-context.js';
import { FhirError } from '../../../r4/errors/fhir-error.js';
import type { OfTerminology } from '../../../r4/search/query/filter.js';
import { CannotExpand } from '../../../r4/terminology/cannot-expand.js';
import { Expansion } from '../../../r4/terminology/value-sets/expansion.js';
import { type Meant, meanTheSame, RecordedSource } from '../../../r4/terminology/recorded-source.js';
import type { TerminologySource } from '../../../r4/terminology/terminology-source.js';
import { readTerminologyGeneration } from '../../storage/policies/terminology-generation.js';
import { SqlSession } from '../../storage/session/sql-session.js';
import { ResourceRepository } from '../../storage/resource.repository.js';
import { TerminologyServers } from '../../terminology-servers/terminology-servers.js';
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

/** Codes of a value, and the definitions they were made of; none while something temporary is in the way. */
interface Listed {
  readonly codes: ListedCodes;
  readonly meant?: Meant;
}

/** Access is decided by what is here (docs/adr/0091). */
const notAsked = ' Where access is decided, other terminology servers are not asked.';

/** Reads the value sets and hierarchies that policies name; again only those of which a definition that they are made of changed. */
@Injectable()
export class PolicyTerminology implements CodesReader {
  private listed: ReadonlyMap<string, Listed> = new Map();
  private known: ReadonlyMap<string, ListedCodes> = new Map();
  private generation = '';

  // oxlint-disable-next-line max-params -- Nest injects them
  constructor(
    private readonly rules: AccessRules,
    private readonly terminology: Terminology,
    private readonly resources: ResourceRepository,
    private readonly session: SqlSession,
    private readonly servers: TerminologyServers,
  ) {
    rules.expressions.setReader(this);
  }

  async read(values: readonly OfTerminology[]): Promise<ReadonlyMap<string, ListedCodes>> {
    if (values.length === 0) return this.known;
    // Looked at before they are, so that what is written meanwhile is seen the next time.
    const generation = await readTerminologyGeneration(this.session);
    const isSettled = generation === this.generation;
    if (isSettled && values.every((value) => this.known.has(nameOfCodes(value)))) return this.known;
    const kept = isSettled ? this.listed : await unchanged(this.listed, this.source());
    const source = this.source();
    const listed = new Map<string, Listed>();
    for (const value of values) {
      const name = nameOfCodes(value);
      if (!listed.has(name)) listed.set(name, kept.get(name) ?? (await this.list(value, source)));
    }
    if (!isSame(listed, this.listed)) {
      this.listed = listed;
      this.known = new Map([...listed].map(([name, { codes }]) => [name, codes]));
    }
    this.generation = [...listed.values()].every(({ meant }) => meant) ? generation : '';
    return this.known;
  }

  /** The codes, why there are none, or what stands in the way for now, such as an index that is being built. */
  private async list(value: OfTerminology, source: TerminologySource): Promise<Listed> {
    const recorded = new RecordedSource(source);
    const { meant } = recorded;
    try {
      // One for each, so that none uses up what another may take.
      return { codes: await new Expansion(recorded).of(value), meant };
    } catch (error) {
      if (error instanceof CannotExpand)
        return { codes: this.servers.isThere ? `${error.fact}${notAsked}` : error.fact, meant };
      if (error instanceof FhirError) return { codes: error.message };
      throw error;
    }
  }

  private source(): TerminologySource {
    const context = new RequestContext(server, this.rules.withoutPolicies(), undefined, ownWork);
    return this.terminology.builtInFirst(context, this.resources);
  }
}

/** Returns the values whose definitions did not change; none while those cannot be looked up. */
async function unchanged(
  listed: ReadonlyMap<string, Listed>,
  source: TerminologySource,
): Promise<ReadonlyMap<string, Listed>> {
  const settled = [...listed].filter(([, { meant }]) => meant);
  try {
    const areSame = await meanTheSame(
      settled.map(([, { meant }]) => meant!),
      source,
    );
    return new Map(settled.filter((_, i) => areSame[i]));
  } catch (error) {
    if (error instanceof FhirError) return new Map();
    throw error;
  }
}

const isSame = (one: ReadonlyMap<string, Listed>, other: ReadonlyMap<string, Listed>): boolean =>
  one.size === other.size && [...one].every(([name, listed]) => other.get(name) === listed);
