import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { Inject, Injectable } from '@nestjs/common';
import { compartmentOwners } from '../../../r4/model/compartments.js';
import { FHIR_OPTIONS, type FhirOptions } from '../../fhir-options.js';
import type { JsonObject } from '../../../r4/json/json.js';
import { resourceTypes } from '../../../r4/model/resource-types.js';
import { serverVersion } from '../../../config/server-version.js';
import { explainAccessDeclaration } from '../../operations/caller/explain-access.js';
import { definitionOf } from '../../operations/declaration/operation-definition.js';
import { typesAt } from '../../operations/declaration/operation-declaration.js';
import { Operations } from '../../operations/operation.js';
import { claimsOf } from '../../guides/claims.js';
import { Guides } from '../../guides/guides.js';
import { SearchOffer } from '../../../r4/search/parameters/search-offer.js';
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

/** https://hl7.org/fhir/uv/bulkdata/CapabilityStatement-bulk-data.html */
const bulkData = 'http://hl7.org/fhir/uv/bulkdata/CapabilityStatement/bulk-data';

/** Endpoints as smart-configuration names them. */
type SmartEndpoints = Readonly<Record<string, unknown>>;

const oauthUrisUrl = 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris';
/** R4's own definition of the extension has the first four, that of SMART 2 all. */
const oauthParts = [
  ['authorize', 'authorization_endpoint'],
  ['token', 'token_endpoint'],
  ['register', 'registration_endpoint'],
  ['manage', 'management_endpoint'],
  ['introspect', 'introspection_endpoint'],
  ['revoke', 'revocation_endpoint'],
] as const;

/** Endpoints for SMART 1.0; undefined without those that it requires (SMART App Launch 1.0, "Conformance"). */
function oauthUrisOf(smart: SmartEndpoints): object | undefined {
  if (typeof smart['authorization_endpoint'] !== 'string' || typeof smart['token_endpoint'] !== 'string')
    return undefined;
  const extension = oauthParts.flatMap(([url, name]) => {
    const valueUri = smart[name];
    return typeof valueUri === 'string' ? [{ url, valueUri }] : [];
  });
  return { url: oauthUrisUrl, extension };
}

const asJson = (value: object): JsonObject => JSON.parse(JSON.stringify(value)) as JsonObject;

/** https://hl7.org/fhir/R4/capabilitystatement.html, made from what is registered: it claims nothing else. */
@Injectable()
export class CapabilityStatement {
  readonly #startedAt = new Date().toISOString();
  /** The text is more than 1 MB, asked for rarely, and there is one for each tenant: compressed it takes little. */
  #made: { readonly revision: string; readonly compressed: Buffer } | undefined;

  constructor(
    private readonly offer: SearchOffer,
    private readonly operations: Operations,
    private readonly guides: Guides,
    @Inject(FHIR_OPTIONS) private readonly options: FhirOptions,
  ) {}

  /** JSON text; modules register what they offer before the first request, search parameters come and go. */
  text(smart: SmartEndpoints): string {
    const oauthUris = oauthUrisOf(smart);
    const revision = JSON.stringify([this.offer.revision, this.guides.revision, oauthUris]);
    if (this.#made?.revision === revision) return inflateRawSync(this.#made.compressed).toString();
    const text = JSON.stringify(this.claiming(oauthUris));
    this.#made = { revision, compressed: deflateRawSync(text) };
    return text;
  }

  /** With what guides ask for and holds. */
  private claiming(oauthUris: object | undefined): object {
    const {
      rest: [rest, ...others],
      ...statement
    } = this.statement(oauthUris);
    const { profiles, instantiates, implementationGuide } = claimsOf(
      this.guides.all,
      asJson({ ...statement, rest: [rest] }),
    );
    const resource = rest!.resource.map((one) => {
      const required = this.options.validationProfiles?.[one.type] ?? [];
      const supportedProfile = [...new Set([...required, ...(profiles.get(one.type) ?? [])])];
      return { ...one, ...(supportedProfile.length > 0 && { supportedProfile }) };
    });
    return {
      ...statement,
      instantiates: [bulkData, ...instantiates.filter((url) => url !== bulkData)],
      ...(implementationGuide.length > 0 && { implementationGuide }),
      rest: [{ ...rest, resource }, ...others],
    };
  }

  private statement(oauthUris: object | undefined) {
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
          security: this.security(oauthUris),
          resource: [...resourceTypes].toSorted().map((type) => this.resource(type, includes)),
          interaction: [
            { code: 'transaction' },
            { code: 'batch' },
            { code: 'history-system' },
            { code: 'search-system' },
          ],
          searchParam: this.systemParameters(),
          operation: [...(this.operationsAt() ?? []), this.explaining()],
          compartment: compartmentOwners.map((owner) => compartmentUrl + owner[0]!.toLowerCase() + owner.slice(1)),
        },
      ],
    };
  }

  private security(oauthUris: object | undefined): object {
    const coding = { system: 'http://terminology.hl7.org/CodeSystem/restful-security-service', code: 'SMART-on-FHIR' };
    return {
      ...(oauthUris && { extension: [oauthUris] }),
      cors: true,
      service: [{ coding: [coding], text: 'OAuth 2.0 with SMART scopes (SMART App Launch 2.2)' }],
      description: `Send an access token as Bearer. Reasons and cures of refusals: ${this.options.docsUrl}`,
    };
  }

  private resource(type: string, includes: CapabilityIncludes) {
    const operation = this.operationsAt(type);
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

  /** Returns the parameters of a search of the whole system: those that every type has, and `_type`. */
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
    const { code, documentation } = explainAccessDeclaration;
    return { name: code, definition: definitionOf(explainAccessDeclaration, this.options.base), documentation };
  }

  /** Operations on a type and its resources; without one, those of the system. */
  private operationsAt(type?: string): readonly object[] | undefined {
    const found = this.operations.all.flatMap(({ declaration }) => {
      const level = declaration.level.find((one) =>
        one === 'system' ? type === undefined : type !== undefined && typesAt(declaration, one).includes(type),
      );
      if (!level) return [];
      const { code: name, documentation } = declaration;
      return [{ name, definition: definitionOf(declaration, this.options.base, { level, type }), documentation }];
    });
    return found.length > 0 ? found : undefined;
  }
}
