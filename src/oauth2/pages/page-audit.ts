import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { noteForAudit } from '../../audit/audit-note.js';
import type { AuditedCaller } from '../../audit/audit-record.js';
import { LOCAL_AUTH_OPTIONS, type LocalAuthOptions } from '../../auth/accounts/local-auth.options.js';
import type { Principal } from '../../auth/principal.js';
import type { FhirRequest } from '../../fhir/http/fhir-request.js';
import { AccessTrail } from '../../scope/access-trail.js';
import type { Concluded, DenyReason, OpenInteraction } from '../provider/interactions/interactions.js';
import { en } from '../words/en.js';
import type { SignInStep } from './sign-in.js';

/** The trail of a page that shows patients to this user; `query` is what was looked for. */
export type Seen = (principal: Principal, query: URLSearchParams) => AccessTrail;

/** Audit records of the pages: sign-ins and attempts, decisions, changes, and the patients whose names were shown. */
@Injectable()
export class PageAudit {
  private readonly issuer: string;

  constructor(@Inject(LOCAL_AUTH_OPTIONS) { issuer }: LocalAuthOptions) {
    this.issuer = issuer;
  }

  /** A step of a login; the password alone, where a second factor is missing, is none yet. `name`: as typed. */
  signIn(request: FastifyRequest, step: SignInStep, name: string, clientId?: string): void {
    if ('pending' in step) return;
    if ('error' in step)
      return this.signInFailed(request, { subject: name, isTyped: true }, step.error.text(en), clientId);
    this.signedIn(request, step.account.name, step.amr, clientId);
  }

  signedIn(request: FastifyRequest, account: string, amr: readonly string[], clientId?: string): void {
    noteForAudit(request, {
      event: 'login',
      outcome: '0',
      caller: this.callerOf(account, clientId),
      object: { name: `account ${account}`, details: amr.map((method) => ['method', method] as const) },
    });
  }

  /** `who` is not authenticated. */
  signInFailed(
    request: FastifyRequest,
    who: Pick<AuditedCaller, 'subject' | 'isTyped'>,
    fact: string,
    clientId?: string,
  ): void {
    noteForAudit(request, {
      event: 'login',
      outcome: '8',
      caller: { ...who, ...(clientId !== undefined && { clientId }) },
      reasons: [{ code: 'login-failed', fact }],
    });
  }

  signedOut(request: FastifyRequest, account: string): void {
    noteForAudit(request, { event: 'logout', outcome: '0', caller: this.callerOf(account) });
  }

  /** Records what a user granted to an app. */
  concluded(request: FastifyRequest, open: OpenInteraction, account: string, { scopes, context }: Concluded): void {
    if (scopes.length === 0) return this.denied(request, open, 'denied', account);
    const { client } = open;
    const patient = context?.patient;
    noteForAudit(request, {
      event: 'consent',
      outcome: '0',
      caller: this.callerOf(account, client.id),
      ...(patient !== undefined && { patients: [patient] }),
      object: {
        name: `app ${client.name}`,
        details: [['decision', 'granted'], ...scopes.map((scope) => ['scope', scope] as const)],
      },
    });
  }

  /** `account` is absent when nobody has signed in. */
  denied(request: FastifyRequest, { client }: OpenInteraction, reason: DenyReason, account?: string): void {
    noteForAudit(request, {
      event: 'consent',
      outcome: '4',
      caller: account === undefined ? { subject: 'unknown', clientId: client.id } : this.callerOf(account, client.id),
      object: { name: `app ${client.name}`, details: [['decision', 'denied']] },
      reasons: [{ code: 'app-not-let-in', fact: factOf[reason] }],
    });
  }

  /** A user changed the own account. */
  changed(request: FastifyRequest, account: string, what: string): void {
    noteForAudit(request, {
      event: 'administration',
      outcome: '0',
      caller: this.callerOf(account),
      object: { name: `account ${account}`, details: [['change', what]] },
    });
  }

  /** The user, or somebody at the user's browser, did not know the current password. */
  changeRefused(request: FastifyRequest, account: string, what: string, fact: string): void {
    noteForAudit(request, {
      event: 'administration',
      outcome: '4',
      caller: this.callerOf(account),
      object: { name: `account ${account}`, details: [['change', what]] },
      reasons: [{ code: 'login-failed', fact }],
    });
  }

  /** Records the patients on this page as one search of the user, with all its criteria. */
  seenBy(request: FastifyRequest & Pick<FhirRequest, 'trail'>): Seen {
    const asked = new URLSearchParams();
    return (principal, query) => {
      for (const [name, value] of query) if (!asked.has(name, value)) asked.append(name, value);
      return (request.trail ??= new AccessTrail({
        requestId: request.id,
        method: request.method,
        address: request.ip,
        principal,
        interaction: { kind: 'search-type', type: 'Patient', query: asked },
      }));
    };
  }

  private callerOf(subject: string, clientId?: string): AuditedCaller {
    return { issuer: this.issuer, subject, kind: 'user', ...(clientId !== undefined && { clientId }) };
  }
}

const factOf: Readonly<Record<DenyReason, string>> = {
  denied: 'The user did not let the app in.',
  'no-patient': 'There is no patient that the user may open the app with.',
  'no-rights': 'The user has none of the rights that the app asks for.',
};
