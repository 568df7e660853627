import { Inject, Injectable, Optional } from '@nestjs/common';
import { callPart } from '../../observability/call-part.js';
import type { Authentication } from '../authentication.js';
import { CheckResult, refusalsOf } from '../token/check-result.js';
import { fhirId, groupsForm } from '../token/claim-forms.check.js';
import { grantedScopes } from '../token/granted-scopes.js';
import type { TokenCheck } from '../token/token-check.js';
import { principalOfToken } from '../token/token-principal.js';
import { partRetrySeconds, unavailable } from './part-answers.js';
import { SMART_CONTEXT, type SmartContext, type SmartContextReader } from './smart-context.js';

/** Makes callers out of tokens that passed every check, with the context that the part of the application gives them. */
@Injectable()
export class SmartContexts {
  constructor(@Optional() @Inject(SMART_CONTEXT) private readonly reader?: SmartContextReader) {}

  /** True if the claims of the context are for the part to read; those of this server's own tokens are not. */
  areRead({ isOwn }: Pick<TokenCheck, 'isOwn'>): boolean {
    return this.reader !== undefined && !isOwn;
  }

  /** Synchronous without a part. `checks`: those that passed. */
  authenticate(check: TokenCheck, checks: readonly CheckResult[]): Authentication | Promise<Authentication> {
    return this.reader && this.areRead(check)
      ? this.ask(this.reader, check, checks)
      : { principal: principalOfToken(check), checks };
  }

  private async ask(
    reader: SmartContextReader,
    check: TokenCheck,
    checks: readonly CheckResult[],
  ): Promise<Authentication> {
    const { name, timeout } = reader;
    const part = `SMART_CONTEXT ${name}`;
    const { payload, issuer } = check;
    let context: SmartContext;
    try {
      context = await callPart({ part, timeout }, () => reader.read(payload, issuer), contextOf);
    } catch {
      const refusals = [unavailable('context-unavailable', `the part ${name} failed, which says who a token is for`)];
      const all = [...checks, CheckResult.of('context', refusals)];
      return { refusals: [refusals[0]!], checks: all, status: 503, retryAfterSeconds: partRetrySeconds };
    }
    const result = CheckResult.of('context', context.groups ? [] : groupsForm(check));
    const [first, ...others] = refusalsOf([result]);
    const all = [...checks, result];
    if (first) return { refusals: [first, ...others], checks: all, unverifiedScopes: grantedScopes(payload, issuer) };
    return { principal: principalOfToken(check, context), checks: all };
  }
}

const longestText = 2048;

/** Throws for what is no context; what it does not name is left out. */
function contextOf({ patient, fhirUser, groups }: SmartContext): SmartContext {
  return {
    ...(patient !== undefined && { patient: patientId(patient) }),
    ...(fhirUser !== undefined && { fhirUser: reference(fhirUser) }),
    ...(groups !== undefined && { groups: names(groups) }),
  };
}

function patientId(patient: unknown): string {
  if (!isText(patient) || !fhirId.test(patient)) throw new Error('patient is no id');
  return patient;
}

function reference(fhirUser: unknown): string {
  if (!isText(fhirUser) || fhirUser === '' || fhirUser.length > longestText)
    throw new Error('fhirUser is no reference');
  return fhirUser;
}

function names(groups: unknown): readonly string[] {
  if (!Array.isArray(groups) || !groups.every(isText)) throw new Error('groups are no list of names');
  return [...groups];
}

const isText = (value: unknown): value is string => typeof value === 'string';
