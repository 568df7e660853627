import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { type Authentication, Authenticator } from '../../auth/authenticator.js';
import type { Principal } from '../../auth/principal.js';
import { Refused } from '../../refusal/refusal.js';
import { AccessRules } from '../../scope/access-rules.js';
import type { AccessRequest, Caller } from '../../scope/decision.js';
import { statedPurpose, withPurpose } from '../../scope/consent/purpose-of-use.js';
import { callerOf, RequestContext } from '../../scope/request-context.js';
import { decide } from '../../scope/request-decision.js';
import { PoliciesUnknown } from '../../scope/policies/policies-unknown.js';
import { inSpan } from '../../observability/in-span.js';
import { readIfNoneExist } from '../interactions/conditional/condition-reader.js';
import { declarationOf } from '../operations/declaration-of.js';
import { requireAddress } from '../interactions/require-address.js';
import { requirePlainQuery } from '../interactions/plain-query.js';
import { FHIR_OPTIONS, type FhirOptions } from '../fhir-options.js';
import { type Interaction, type NoInteraction, parseInteraction } from '../../r4/rest/interaction.js';
import { MethodNotAllowed } from '../../r4/errors/request-errors.js';
import { Operations } from '../operations/operation.js';
import { FhirExceptionFilter } from './fhir-exception.filter.js';
import type { FhirRequest } from './fhir-request.js';
import { RequestAudit } from './request-audit.js';
import { requireReadable } from './body/media-types.js';
import { misledBy } from './misled-request.js';
import { representationFor } from './binary/binary-form.js';
import { prefersText } from './answer/prefers-text.js';
import { pageOf, type PageSite, queryOf, representationOf } from './answer/representation.js';

/** Below the FHIR base. */
interface Arrived {
  readonly path: string;
  readonly authentication: Authentication;
}

/**
 * Credentials, then type-level permission, before a byte of the body is read. Runs as Fastify's
 * `onRequest` hook, since Nest guards run after the body parser. What it lets through carries a decided interaction.
 */
@Injectable()
export class RequestGate {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly rules: AccessRules,
    private readonly operations: Operations,
    private readonly errors: FhirExceptionFilter,
    private readonly audit: RequestAudit,
    @Inject(FHIR_OPTIONS) private readonly options: FhirOptions,
  ) {}

  /** Calls `done` when the request may go on; otherwise the answer has been sent. */
  enter(request: FhirRequest, reply: FastifyReply, done: () => void): void {
    const misled = misledBy(request);
    if (misled) return this.errors.send(misled, request, reply);
    const path = this.pathBelowBase(request.url);
    if (path === undefined) return done();
    if (request.method === 'OPTIONS') return answerOptions(path, reply, done);
    try {
      if (this.options.requireTls) requireTls(request, path);
      if (credentialPaths.has(path)) return done();
      if (openDocuments.has(path)) {
        requireOpen(request, path, this.options);
        return done();
      }
      const { rawHeaders } = request.raw;
      const source = { rawHeaders, url: request.url, method: request.method, remoteAddress: request.ip };
      const admitted = inSpan('decide', () => {
        const authentication = this.authenticator.authenticate(source);
        return authentication instanceof Promise
          ? authentication.then((result) => this.judge(request, reply, { path, authentication: result }))
          : this.judge(request, reply, { path, authentication });
      });
      if (!(admitted instanceof Promise)) return done();
      // oxlint-disable-next-line promise/no-callback-in-promise -- Fastify takes a callback here and no promise
      admitted.then(done, (error: unknown) => this.errors.send(error, request, reply));
    } catch (error) {
      this.errors.send(error, request, reply);
    }
  }

  /** Policies that were not looked at for too long are looked up before they decide. */
  private judge(request: FhirRequest, reply: FastifyReply, arrived: Arrived): Promise<void> | void {
    const refreshed = 'refusals' in arrived.authentication ? undefined : this.rules.refresh();
    return refreshed ? refreshed.then(() => this.admit(request, reply, arrived)) : this.admit(request, reply, arrived);
  }

  private admit(request: FhirRequest, reply: FastifyReply, { path, authentication }: Arrived): void {
    const interaction = withCondition(parseInteraction(request.method, path, queryOf(request.url)), request);
    if ('refusals' in authentication) return this.require(request, authentication, { interaction });
    requireAddress(request.method, path, interaction, this.options.base);
    const trail = this.audit.begin(request, authentication.principal, interaction);
    if (trail) request.trail = trail;
    const header = request.headers['x-purpose-of-use'];
    const purpose = header === undefined ? undefined : { header, isAudited: trail !== undefined };
    const principal = withPurpose(authentication.principal, purpose);
    // Also of who is refused it.
    if (trail) trail.purpose = statedPurpose(principal, purpose);
    const context = new RequestContext(principal, this.rules, trail, callerOf(principal, whenGone(reply.raw)));
    const declaration = declarationOf(this.operations, interaction);
    const asked = { interaction, declared: declaration?.access, purpose };
    this.requirePolicies(request, principal, asked);
    this.require(request, context, asked);
    chooseForm(request, interaction, { answersText: declaration?.answersText === true, site: this.options });
    requireReadable(request, interaction);
    requirePlainQuery(interaction);
    request.principal = principal;
    request.fhirContext = context;
    request.interaction = interaction;
  }

  /** While nobody knows what policies say, nothing is permitted, but what the scopes do not grant is refused all the same. */
  private requirePolicies(request: FhirRequest, principal: Principal, asked: AccessRequest): void {
    if (this.rules.edition.isBelieved) return;
    this.require(request, new RequestContext(principal, this.rules.withoutPolicies()), asked);
    throw new PoliciesUnknown();
  }

  /** The decision stays with the request, for whoever writes down what was refused and why. */
  private require(request: FhirRequest, caller: Caller, asked: AccessRequest): void {
    request.decision = decide(caller, asked);
    request.decision.require();
  }

  private pathBelowBase(url: string): string | undefined {
    const { basePath } = this.options;
    if (!url.startsWith(basePath)) return undefined;
    const end = url.indexOf('?');
    const path = end === -1 ? url.slice(basePath.length) : url.slice(basePath.length, end);
    return path === '' ? '' : path.startsWith('/') ? path.slice(1) : undefined;
  }
}

/** Calls back when nobody waits for the answer any more: the work for it can stop. */
const whenGone =
  (answer: FastifyReply['raw']) =>
  (callBack: () => void): (() => void) => {
    if (answer.destroyed) queueMicrotask(callBack);
    answer.once('close', callBack);
    return () => void answer.off('close', callBack);
  };

/** Adds the condition of a create, which decides about access too (https://hl7.org/fhir/R4/http.html#ccreate). */
function withCondition<I extends Interaction | NoInteraction>(interaction: I, { headers }: FhirRequest): I {
  const condition = headers['if-none-exist'];
  if (interaction.kind !== 'create' || condition === undefined) return interaction;
  return { ...interaction, condition: readIfNoneExist(String(condition), interaction.type) };
}

/** Answers OPTIONS: the methods of an address are no secret. */
function answerOptions(path: string, reply: FastifyReply, done: () => void): void {
  const { allow = [] } = parseInteraction('OPTIONS', path, new URLSearchParams()) as Partial<NoInteraction>;
  if (allow.length === 0) return done();
  void reply
    .code(204)
    .header('allow', [...allow, 'OPTIONS'].join(', '))
    .send();
}

/** A page or a text, if it is preferred and offered; otherwise a format of FHIR. */
function chooseForm(
  request: FhirRequest,
  interaction: Interaction,
  { answersText, site }: { readonly answersText: boolean; readonly site: PageSite },
): void {
  const page = pageOf(request, site);
  request.wantsText = answersText && (page !== undefined || prefersText(request));
  request.representation = page ?? (request.wantsText ? undefined : representationFor(request, interaction));
}

/** Refuses http (RFC 6750 5.3); open documents are no secret. */
function requireTls({ protocol }: FhirRequest, path: string): void {
  if (protocol === 'https' || openDocuments.has(path)) return;
  throw new Refused([
    {
      code: 'tls-required',
      fact: 'The request came over http (X-Forwarded-Proto of the trusted proxy).',
      cure: 'Use the https address of this server, and treat the credential that was sent as leaked.',
    },
  ]);
}

/** They take credentials themselves; their own controller answers. */
const credentialPaths = new Set(['login', 'refresh', 'logout', 'revoke', '$explain-access']);

/** Documents that need no token: FHIR resources of the server itself, and JSON whatever `Accept` says. */
const openDocuments: ReadonlyMap<string, 'fhir' | 'json'> = new Map([
  ['metadata', 'fhir'],
  ['CodeSystem/denial-reason', 'fhir'],
  ['.well-known/smart-configuration', 'json'],
]);

function requireOpen(request: FhirRequest, path: string, site: PageSite): void {
  const { method } = request;
  if (method !== 'GET' && method !== 'HEAD') throw new MethodNotAllowed(method, path, ['GET', 'HEAD']);
  if (openDocuments.get(path) === 'fhir')
    request.representation = pageOf(request, site) ?? representationOf(request, queryOf(request.url));
}
