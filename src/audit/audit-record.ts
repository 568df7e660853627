import type { Principal } from '../auth/principal.js';
import { queryWithoutCredentials } from '../observability/without-credentials.js';
import type { AccessTrail } from '../scope/access-trail.js';
import type { PurposeOfUse } from '../scope/consent/purpose-of-use.js';
import { nextEventId } from './event-id.js';

/** https://hl7.org/fhir/R4/valueset-audit-event-outcome.html: success, minor failure (refused), serious failure. */
export type AuditOutcome = '0' | '4' | '8';

/** The caller, by a verified token, or as a failed login claims. */
export interface AuditedCaller {
  /** Absent where the name is not verified. */
  readonly issuer?: string;
  readonly subject: string;
  /** `subject` is what somebody typed who is not logged in: it is not kept as it is unless a user has that name. */
  readonly isTyped?: true;
  readonly clientId?: string;
  readonly kind?: Principal['kind'];
  /** Relative reference such as `Practitioner/p1`. */
  readonly fhirUser?: string;
  /** The `jti` of the token; never the token. */
  readonly tokenId?: string;
  /** Exemption from Consents, as an administrator decided (docs/adr/0044). */
  readonly exempt?: 'consent' | 'ids';
}

/** One failing check. */
export interface AuditedReason {
  readonly code: string;
  readonly fact: string;
}

/** Object that is no resource, such as a client or a user's grant to an app; never a secret. */
export interface AuditedObject {
  readonly name: string;
  readonly details?: readonly (readonly [name: string, value: string])[];
}

/**
 * Event in the short form that is stored with the answer or with the change; sealing makes the AuditEvent from it
 * (docs/adr/0025).
 */
export interface AuditRecord {
  /** Id of the AuditEvent: a UUIDv7. */
  readonly id: string;
  /** Instant with milliseconds, UTC. */
  readonly recorded: string;
  readonly requestId?: string;
  /** An interaction of FHIR, or `login`, `logout`, `token`, `authorization`, `introspection`, `consent`, `launch`, `administration`, `break-glass`, `access-question`, `retention`. */
  readonly event: string;
  readonly outcome: AuditOutcome;
  readonly caller?: AuditedCaller;
  readonly address?: string;
  readonly purpose?: PurposeOfUse;
  /** Method, path and query, without credentials. */
  readonly line?: string;
  /** `Type/id/version` of what was given out. */
  readonly disclosed?: readonly string[];
  /** `Type/id/version` of what was written. */
  readonly written?: readonly string[];
  /** Ids of patients whom it concerns although no resource was touched. */
  readonly patients?: readonly string[];
  readonly object?: AuditedObject;
  readonly reasons?: readonly AuditedReason[];
  /** Number of requests of the same kind that the record stands for; one when absent. */
  readonly count?: number;
}

/** A record of what has just happened. */
export const newRecord = <T extends Omit<AuditRecord, 'id' | 'recorded'> | Omit<Happened, 'id' | 'recorded'>>(
  happened: T,
): T & Pick<AuditRecord, 'id' | 'recorded'> => ({ id: nextEventId(), recorded: new Date().toISOString(), ...happened });

/** Identity of a caller in the audit. */
export function auditedCaller(principal: Principal): AuditedCaller {
  const { issuer, subject, clientId, kind, fhirUser, tokenId } = principal;
  return {
    issuer,
    subject,
    kind,
    ...(clientId !== undefined && { clientId }),
    ...(fhirUser && { fhirUser: `${fhirUser.type}/${fhirUser.id}` }),
    ...(tokenId !== undefined && { tokenId }),
    ...(principal.ownIds && { exempt: 'ids' as const }),
    ...(principal.consentExempt && { exempt: 'consent' as const }),
  };
}

export type Happened = Pick<AuditRecord, 'id' | 'recorded' | 'outcome' | 'disclosed' | 'written' | 'reasons'>;

/** A request of a caller who is known, with what happened to it so far. */
export function recordOf(trail: AccessTrail, happened: Happened): AuditRecord {
  const { requestId, address, principal, interaction, method } = trail.request;
  return {
    ...happened,
    requestId,
    event: eventOf(trail),
    caller: auditedCaller(principal),
    address,
    line: `${method} ${lineOf(interaction, trail.form)}`,
    ...(trail.purpose && { purpose: trail.purpose }),
    ...objectOf(trail),
    ...(trail.erasure && trail.erasure),
  };
}

/** Objects of an AuditEvent that are no resources: operations of a bundle, or records used as the server itself. */
function objectOf({ operations, asServer }: AccessTrail): Pick<AuditRecord, 'object'> {
  if (asServer) return { object: asServer };
  if (operations.size === 0) return {};
  return { object: { name: 'operations', details: [...operations].map((name) => ['operation', name]) } };
}

function eventOf({ bundle, request: { interaction } }: AccessTrail): string {
  const { kind, operation } = interaction;
  if (kind === 'bundle' && (bundle === 'batch' || bundle === 'transaction')) return bundle;
  return kind === 'operation' ? `$${operation ?? ''}` : kind;
}

function lineOf(interaction: AccessTrail['request']['interaction'], form: string | undefined): string {
  const { type, id, member, versionId, operation, kind, query } = interaction;
  const history = kind.startsWith('history') || versionId !== undefined ? '_history' : undefined;
  const named = [type, id, member, history, versionId, operation === undefined ? undefined : `$${operation}`];
  const path = named.filter((part) => part !== undefined).join('/');
  if (query.size === 0 && form === undefined) return path;
  return `${path}?${queryWithoutCredentials([...query, ...new URLSearchParams(form ?? '')]).toString()}`;
}
