import { Inject, Injectable } from '@nestjs/common';
import { compartmentOwners } from '../model/compartments.js';
import { FHIR_OPTIONS, type FhirOptions } from '../model/fhir-options.js';
import { resourceTypes } from '../model/resource-types.js';
import { serverVersion } from '../model/server-version.js';
import { explainAccessDeclaration } from '../operations/explain-access.js';
import { Operations } from '../operations/operation.js';
import { SearchOffer } from '../search/search-offer.js';
import { CapabilityIncludes } from './capability-includes.js';

const interactions = [
  'read',
  'vread',
  'update',
  'patch',
  'delete',
  'history-instance',
  'history-type',
  'create',
  'search-type',
];

const compartmentUrl = 'http://hl7.org/fhir/CompartmentDefinition/';

/** https://hl7.org/fhir/R4/capabilitystatement.html, made from what is registered: it claims nothing else (decision 9). */
@Injectable()
export class CapabilityStatement {
  readonly #startedAt = new Date().toISOString();
  #made: { readonly revision: number; readonly text: string } | undefined;

  constructor(
    private readonly offer: SearchOffer,
    private readonly operations: Operations,
    @Inject(FHIR_OPTIONS) private readonly options: FhirOptions,
  ) {}

  /** JSON text; modules register what they offer before the first request, search parameters come and go. */
  text(): string {
    const { revision } = this.offer;
    if (this.#made?.revision !== revision) this.#made = { revision, text: JSON.stringify(this.statement()) };
    return this.#made.text;
  }

  private statement(): object {
    const includes = new CapabilityIncludes(this.offer);
    return {
      resourceType: 'CapabilityStatement',
      status: 'active',
      date: this.#startedAt,
      kind: 'instance',
      software: { name: 'Lanyard', version: serverVersion },
      implementation: { description: 'Lanyard FHIR R4 server', url: this.options.base },
      fhirVersion: '4.0.1',
      format: ['application/fhir+json', 'application/fhir+xml', 'json', 'xml'],
      // FHIRPath Patch comes as Parameters.
      patchFormat: ['application/json-patch+json', 'application/fhir+json', 'application/fhir+xml'],
      rest: [
        {
          mode: 'server',
          security: this.security(),
          resource: [...resourceTypes].toSorted().map((type) => this.resource(type, includes)),
          interaction: [
            { code: 'transaction' },
            { code: 'batch' },
            { code: 'history-system' },
            { code: 'search-system' },
          ],
          searchParam: this.systemParameters(),
          operation: [...(this.operationsAt((level) => level === 'system') ?? []), this.explaining()],
          compartment: compartmentOwners.map((owner) => compartmentUrl + owner[0]!.toLowerCase() + owner.slice(1)),
        },
      ],
    };
  }

  private security(): object {
    const coding = { system: 'http://terminology.hl7.org/CodeSystem/restful-security-service', code: 'SMART-on-FHIR' };
    return {
      cors: true,
      service: [{ coding: [coding], text: 'OAuth 2.0 with SMART scopes (SMART App Launch 2.2)' }],
      description: `Send an access token as Bearer. Reasons and cures of refusals: ${this.options.docsUrl}`,
    };
  }

  private resource(type: string, includes: CapabilityIncludes): object {
    const operation = this.operationsAt((level) => level !== 'system', type);
    return {
      type,
      interaction: interactions.map((code) => ({ code })),
      versioning: 'versioned-update',
      readHistory: true,
      updateCreate: true,
      conditionalCreate: true,
      conditionalRead: 'full-support',
      conditionalUpdate: true,
      conditionalDelete: this.options.conditionalDelete,
      referencePolicy: ['literal', 'logical', ...(this.options.referentialIntegrity ? ['enforced'] : [])],
      ...includes.of(type),
      searchParam: this.offer
        .for(type)
        .map(({ code, url, type: kind }) => ({ name: code, definition: url, type: kind })),
      ...(operation && { operation }),
    };
  }

  /** What searches of the whole system take: parameters that every type has, and `_type`. */
  private systemParameters(): readonly object[] {
    const [first = [], ...others] = [...resourceTypes].map((type) => this.offer.for(type));
    const urls = others.map((parameters) => new Set(parameters.map(({ url }) => url)));
    const common = first.filter(({ url }) => urls.every((known) => known.has(url)));
    return [
      ...common.map(({ code, url, type }) => ({ name: code, definition: url, type })),
      { name: '_type', type: 'token', documentation: 'The types to search, with commas between.' },
    ];
  }

  private explaining(): object {
    const { code, definition, documentation } = explainAccessDeclaration(this.options.base);
    return { name: code, definition, documentation };
  }

  private operationsAt(isLevel: (level: string) => boolean, type?: string): readonly object[] | undefined {
    const found = this.operations.all
      .map(({ declaration }) => declaration)
      .filter(({ level, types }) => level.some(isLevel) && (type === undefined || types?.includes(type)))
      .map(({ code, definition, documentation }) => ({ name: code, definition, documentation }));
    return found.length > 0 ? found : undefined;
  }
}
