import { Inject, Injectable } from '@nestjs/common';
import type { UserAccount } from '../../../auth/accounts/local-accounts.js';
import { LOCAL_AUTH_OPTIONS, type LocalAuthOptions } from '../../../auth/accounts/local-auth.options.js';
import { SearchInteraction } from '../../../fhir/interactions/search/search.interaction.js';
import { FHIR_OPTIONS, type FhirOptions } from '../../../fhir/fhir-options.js';
import type { JsonObject } from '../../../r4/json/json.js';
import { parseReference } from '../../../r4/model/reference.js';
import { ResourceRepository } from '../../../fhir/storage/resource.repository.js';
import { AccessRules } from '../../../scope/access-rules.js';
import { RequestContext } from '../../../scope/request-context.js';
import { directoryPrincipal } from './account-principal.js';
import { idOf, resourcesOf } from './read-bundle.js';

/** More than anybody acts for; a Person with more links is a mistake. */
const mostLinks = 50;

/**
 * The patients of a user who is a patient or somebody's relative: themself, whom their RelatedPerson stands for, and whom a
 * Person links them with. Only who may write all records can write a Person (see `forbiddenWrite` of the scopes), so that
 * nobody can link themself with another's record.
 */
@Injectable()
export class PeopleActedFor {
  constructor(
    private readonly resources: ResourceRepository,
    private readonly searches: SearchInteraction,
    private readonly rules: AccessRules,
    @Inject(FHIR_OPTIONS) private readonly options: FhirOptions,
    @Inject(LOCAL_AUTH_OPTIONS) private readonly local: LocalAuthOptions,
  ) {}

  /** Existing patients, oneself first. */
  async of({ fhirUser }: UserAccount): Promise<readonly JsonObject[]> {
    if (fhirUser === null) return [];
    const context = new RequestContext(await this.rules.consult(directoryPrincipal(this.local.issuer)), this.rules);
    const references = [fhirUser, ...(await this.linkedWith(context, fhirUser))];
    const patients = new Map<string, JsonObject>();
    for (const reference of new Set(references)) {
      const patient = await this.patientOf(context, reference);
      if (patient) patients.set(idOf(patient), patient);
    }
    return [...patients.values()];
  }

  /** References beside the user in a Person, or in the Person that the user is. */
  private async linkedWith(context: RequestContext, fhirUser: string): Promise<readonly string[]> {
    const [type, id = ''] = fhirUser.split('/');
    const query = new URLSearchParams({ ...(type === 'Person' ? { _id: id } : { link: fhirUser }), _count: '10' });
    const persons = resourcesOf(await this.searches.run(context, { type: 'Person' }, query));
    return persons
      .filter((person) => person['active'] !== false)
      .flatMap((person) => (person['link'] ?? []) as readonly { readonly target?: { readonly reference?: string } }[])
      .slice(0, mostLinks)
      .flatMap(({ target }) => this.relative(target?.reference) ?? []);
  }

  private async patientOf(context: RequestContext, reference: string): Promise<JsonObject | undefined> {
    const [type = '', id = ''] = reference.split('/');
    if (type === 'Patient') return this.find(context, type, id);
    if (type !== 'RelatedPerson') return undefined;
    const relative = await this.find(context, type, id);
    if (!relative || !actsNow(relative)) return undefined;
    const patient = this.relative((relative['patient'] as { readonly reference?: string } | undefined)?.reference);
    return patient?.startsWith('Patient/')
      ? this.find(context, 'Patient', patient.slice('Patient/'.length))
      : undefined;
  }

  private async find(context: RequestContext, type: string, id: string): Promise<JsonObject | undefined> {
    const found = await this.resources.find(context.accessTo(type, 'r'), id);
    return found && !found.deleted ? (JSON.parse(found.body) as JsonObject) : undefined;
  }

  /** `Type/id` of a reference to a resource of this server. */
  private relative(reference: string | undefined): string | undefined {
    const parsed = reference === undefined ? undefined : parseReference(reference, this.options.base);
    return parsed && `${parsed.type}/${parsed.id}`;
  }
}

/** https://hl7.org/fhir/R4/relatedperson-definitions.html#RelatedPerson.period */
function actsNow(relative: JsonObject): boolean {
  const { start, end } = (relative['period'] ?? {}) as { readonly start?: string; readonly end?: string };
  const today = new Date().toISOString();
  const day = (text: string): string => today.slice(0, Math.min(text.length, 10));
  return (
    relative['active'] !== false &&
    (start === undefined || start.slice(0, 10) <= day(start)) &&
    (end === undefined || end.slice(0, 10) >= day(end))
  );
}
