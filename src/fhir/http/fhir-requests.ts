import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { CredentialsRefused, RefusalDetails } from '../../auth/credentials/credentials-refused.js';
import type { Principal } from '../../auth/principal.js';
import { inSpan } from '../../observability/in-span.js';
import type { AddressedRequests, Asked } from '../../scope/addressed-requests.js';
import { statedPurpose, withPurpose } from '../../scope/consent/purpose-of-use.js';
import { decide } from '../../scope/request-decision.js';
import { readIfNoneExist } from '../interactions/conditional/condition-reader.js';
import { requireAddress } from '../interactions/require-address.js';
import { declarationOf } from '../operations/declaration/declaration-of.js';
import { FHIR_OPTIONS, type FhirOptions } from '../fhir-options.js';
import { type Interaction, type NoInteraction, parseInteraction } from '../../r4/rest/interaction.js';
import { Operations } from '../operations/operation.js';
import { queryOf } from './answer/representation.js';
import { type FhirRequest, notOffered } from './fhir-request.js';
import { RequestAudit } from './request-audit.js';

/** Documents below the base that need no token. */
export const openDocuments: readonly string[] = [
  'metadata',
  'CodeSystem/denial-reason',
  '.well-known/smart-configuration',
];

/** Addresses below the base that take credentials themselves; their own controllers answer. */
const credentialPaths: readonly string[] = ['login', 'refresh', 'logout', 'revoke', '$explain-access'];

/** Definitions of operations are as open as `/metadata`, which names them; stored ones are elsewhere. */
const definitions = /^metadata\/OperationDefinition\/[^/]*$/;

/** True if the path below the base is that of a document that needs no token. */
export const isOpenDocument = (path: string): boolean => openDocuments.includes(path) || definitions.test(path);

const openPaths: ReadonlySet<string> = new Set([...openDocuments, ...credentialPaths]);

/** Tells the guards of `auth` and `scope` what requests below the FHIR base ask for. */
@Injectable()
export class FhirRequests implements AddressedRequests, RefusalDetails {
  constructor(
    private readonly operations: Operations,
    private readonly audit: RequestAudit,
    @Inject(FHIR_OPTIONS) private readonly options: FhirOptions,
  ) {}

  /** The path below the base, without a leading slash; undefined beside it. */
  pathOf({ url }: Pick<FhirRequest, 'url'>): string | undefined {
    const { basePath } = this.options;
    if (!url.startsWith(basePath)) return undefined;
    const end = url.indexOf('?');
    const path = end === -1 ? url.slice(basePath.length) : url.slice(basePath.length, end);
    return path === '' ? '' : path.startsWith('/') ? path.slice(1) : undefined;
  }

  isGuarded(request: FhirRequest): boolean {
    const path = this.pathOf(request);
    return path !== undefined && !openPaths.has(path) && !definitions.test(path);
  }

  read(request: FhirRequest, { raw }: FastifyReply, authenticated: Principal): Asked {
    const { method, url, headers } = request;
    const path = this.pathOf(request) ?? '';
    const interaction = withCondition(parseInteraction(method, path, queryOf(url)), request);
    requireAddress(method, path, interaction, this.options.base);
    const trail = this.audit.begin(request, authenticated, interaction);
    if (trail) request.trail = trail;
    const header = headers['x-purpose-of-use'];
    const purpose = header === undefined ? undefined : { header, isAudited: trail !== undefined };
    const principal = withPurpose(authenticated, purpose);
    // Also of who is refused it.
    if (trail) trail.purpose = statedPurpose(principal, purpose);
    const declared = declarationOf(this.operations, interaction)?.access;
    return { access: { interaction, declared, purpose }, principal, trail, whenGone: whenGone(raw) };
  }

  notOffered(interaction: Interaction): Error {
    return notOffered(interaction);
  }

  /** Names the scopes that the request would need, too. */
  refuse({ found }: CredentialsRefused, request: FhirRequest): void {
    if (!this.isGuarded(request)) return;
    const path = this.pathOf(request) ?? '';
    const interaction = withCondition(parseInteraction(request.method, path, queryOf(request.url)), request);
    inSpan('decide', () => {
      request.decision = decide(found, { interaction });
      request.decision.require();
    });
  }
}

/**
 * Calls back when nobody waits for the answer any more: the work for it can stop. All of a request shares one listener, which stays: each
 * statement asks for it, and adding and taking away costs more than a closed answer that tells nobody.
 */
function whenGone(answer: FastifyReply['raw']): Asked['whenGone'] {
  let told: Set<() => void> | undefined;
  return (callBack) => {
    if (answer.destroyed) queueMicrotask(callBack);
    if (!told) {
      const all = (told = new Set());
      answer.once('close', () => all.forEach((one) => one()));
    }
    const all = told.add(callBack);
    return () => void all.delete(callBack);
  };
}

/** Adds the condition of a create, which decides about access too (https://hl7.org/fhir/R4/http.html#ccreate). */
function withCondition<I extends Interaction | NoInteraction>(interaction: I, { headers }: FhirRequest): I {
  const condition = headers['if-none-exist'];
  if (interaction.kind !== 'create' || condition === undefined) return interaction;
  return { ...interaction, condition: readIfNoneExist(String(condition), interaction.type) };
}
