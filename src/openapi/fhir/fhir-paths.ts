import { Inject, Injectable } from '@nestjs/common';
import { FHIR_OPTIONS, type FhirOptions } from '../../fhir/fhir-options.js';
import { DiscoveryController } from '../../fhir/http/documents/discovery.controller.js';
import { Operations } from '../../fhir/operations/operation.js';
import { SearchOffer } from '../../r4/search/parameters/search-offer.js';
import { pathsOf } from '../described-controller.js';
import { json, type Parameter, type Paths } from '../document.js';
import { open } from '../security.js';
import { operationPaths } from './operation-paths.js';
import { resourcePaths } from './resource-paths.js';
import { SearchCriteria } from './search-criteria.js';
import { systemPaths } from './system-paths.js';

interface DescribedFhir {
  readonly paths: readonly Paths[];
  /** Search parameters that the paths refer to. */
  readonly criteria: Readonly<Record<string, Parameter>>;
}

/** Paths of the FHIR API: types, operations and search parameters as they are registered. */
@Injectable()
export class FhirPaths {
  constructor(
    private readonly offer: SearchOffer,
    private readonly operations: Operations,
    @Inject(FHIR_OPTIONS) readonly options: FhirOptions,
  ) {}

  /** Changes when search parameters come or go; the rest is settled when the server starts. */
  get revision(): number {
    return this.offer.revision;
  }

  of(types: readonly string[]): DescribedFhir {
    const { basePath } = this.options;
    const criteria = new SearchCriteria(this.offer);
    const paths = [
      systemPaths(basePath, types),
      ...this.operations.all.map(({ declaration }) => operationPaths(this.options, declaration, types)),
      ...types.map((type) => resourcePaths(basePath, type, criteria.of(type))),
      discoveryPaths(this.options),
    ];
    return { paths, criteria: criteria.parameters };
  }
}

function discoveryPaths({ resourceMetadataUrl }: FhirOptions): Paths {
  const { origin, pathname } = new URL(resourceMetadataUrl);
  return pathsOf(
    DiscoveryController,
    { prefix: '', tag: 'Documents' },
    {
      protectedResource: {
        summary: 'Metadata of the protected resource (RFC 9728)',
        at: pathname,
        servers: [{ url: origin }],
        responses: { '200': { description: 'Authorization servers and scopes.', content: json({ type: 'object' }) } },
        security: open,
      },
      accessPage: {
        summary: 'How access is decided, with every reason for a refusal',
        parameters: [
          { name: 'q', in: 'query', description: 'Words that a reason has to have.', schema: { type: 'string' } },
        ],
        responses: { '200': { description: 'A page.', content: { 'text/html': { schema: { type: 'string' } } } } },
        security: open,
      },
      accessSubpage: {
        summary:
          'One reason for a refusal by its code, a chapter (decision, reading, tools, recipes), or a recipe for an identity provider (keycloak, entra …)',
        responses: { '200': { description: 'A page.', content: { 'text/html': { schema: { type: 'string' } } } } },
        security: open,
      },
    },
  );
}
