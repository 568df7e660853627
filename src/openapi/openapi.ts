import { Inject, Injectable } from '@nestjs/common';
import { AUTH_OPTIONS, type AuthOptions } from '../auth/auth-options.js';
import { serverVersion } from '../config/server-version.js';
import type { FhirOptions } from '../fhir/fhir-options.js';
import { allTypes, componentsOf } from './components.js';
import { joinPaths, type OpenApiDocument, type Tag } from './document.js';
import { FhirPaths } from './fhir/fhir-paths.js';
import { OPENAPI_OPTIONS, type OpenApiOptions } from './openapi-options.js';
import { OwnServerPaths } from './own-server-paths.js';
import { securitySchemes } from './security-schemes.js';

/** Parts of the document that are asked for. */
export interface AskedDocument {
  /** Types whose routes it has, all unless said; what belongs to no type is in each document. */
  readonly types?: readonly string[];
  /** Schemas of resources do not list their elements. */
  readonly isPlain?: boolean;
}

/** The OpenAPI document of this server, made from what is registered and on (docs/adr/0066). */
@Injectable()
export class OpenApi {
  constructor(
    private readonly fhir: FhirPaths,
    private readonly own: OwnServerPaths,
    @Inject(OPENAPI_OPTIONS) private readonly options: OpenApiOptions,
    @Inject(AUTH_OPTIONS) private readonly auth: AuthOptions,
  ) {}

  /** Another one when search parameters come or go. */
  get revision(): number {
    return this.fhir.revision;
  }

  document({ types = allTypes, isPlain = false }: AskedDocument = {}): OpenApiDocument {
    const { paths, criteria } = this.fhir.of(types);
    const links = this.fhir.options;
    return {
      openapi: '3.1.1',
      info: {
        title: 'Lanyard',
        summary: 'A FHIR R4 server that says why whenever it says no.',
        version: serverVersion,
        description: introduction(links),
      },
      servers: [{ url: this.options.publicUrl }],
      tags: [...tagsOf(types), ...this.options.tags],
      paths: joinPaths([...paths, ...this.own.all, ...this.options.paths()]),
      components: componentsOf({ types, isPlain, criteria, securitySchemes: securitySchemes(this.auth), links }),
      externalDocs: { url: links.docsUrl, description: 'How access is decided' },
    };
  }
}

const introduction = ({ base, docsUrl }: FhirOptions): string =>
  `FHIR R4 at ${base}, with SMART App Launch 2.2. What is in this document is on.

Each route names the scopes that are enough for it; wider ones (\`user/*.cruds\`) contain them, and policies, labels and
Consents may limit what they reach. A refusal is an OperationOutcome with every reason and its cure: ${docsUrl}

Search parameters are listed in their plain form. Modifiers (\`name:exact\`) and chains (\`subject:Patient.name\`) are not.

\`?type=Patient,Observation\` after the address of this document leaves the routes of other types out, and
\`schemas=plain\` the elements of resources, which some tools take minutes over.`;

const general: readonly Tag[] = [
  { name: 'System', description: 'Batch, transaction, and searches of several types' },
  { name: 'Operations' },
  { name: 'Documents', description: 'Open to everybody' },
  { name: 'Login' },
  { name: 'OAuth 2.0', description: 'SMART App Launch 2.2, OpenID Connect' },
  { name: 'Registration', description: 'Clients that register themselves' },
  { name: 'Clients' },
  { name: 'Users' },
  { name: 'Policies' },
  { name: 'Launches' },
  { name: 'Packages', description: 'FHIR packages: guides and terminology' },
  { name: 'Server', description: 'Probes, extensions' },
];

const tagsOf = (types: readonly string[]): readonly Tag[] => [
  ...types.map((name) => ({ name, externalDocs: { url: `https://hl7.org/fhir/R4/${name.toLowerCase()}.html` } })),
  ...general,
];
