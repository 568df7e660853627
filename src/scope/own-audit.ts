import type { Principal } from '../auth/principal.js';
import { compartmentGroup } from '../r4/model/patient-compartment.js';
import { Refused, type Refusal } from '../refusal/refusal.js';
import { type Grant, isUnlimited, type RecordOwner, type Source, type Within, withoutWithheld } from './grant.js';
import { judgePolicies } from './policies/judge-policies.js';
import type { RequestContext } from './request-context.js';
import { covers } from './grammar/smart-scope.js';
import { plainTypes, sourcesOf, visibleSources } from './visible-sources.js';
import { withheldFrom } from './consent/withheld.js';

const need = { type: 'AuditEvent', permission: 's' } as const;

/**
 * Proof that a caller may see who saw one patient's record: that part of AuditEvents, not the AuditEvents (docs/adr/0025), so
 * that it is no {@link Access}.
 */
export class OwnAudit {
  // A private name makes the type nominal.
  readonly #isProof = true;

  private constructor(
    /** Id of the patient. */
    readonly patient: string,
    readonly grants: readonly Grant[],
    private readonly context: RequestContext,
  ) {}

  /** A scope that names AuditEvent and is limited to one patient. Throws {@link Refused}. */
  static decide(context: RequestContext): OwnAudit {
    const judged = judge(context);
    if ('refusals' in judged) throw new Refused(judged.refusals);
    return new OwnAudit(judged.owner.id, [judged.grant], context);
  }

  /** Returns the reasons against it. */
  static refusals(context: RequestContext): readonly Refusal[] {
    const judged = judge(context);
    return 'refusals' in judged ? judged.refusals : [];
  }

  /**
   * Versions of the record that may be named: the scope opens all of the record, and what labels, Consents and policies hide
   * from the caller stays hidden. Empty: none of the type.
   */
  grantsToName(type: string): readonly Grant[] {
    const { principal, rules } = this.context;
    const asked = { type, permission: 'r' } as const;
    const policies = judgePolicies({ principal, ...asked }, rules);
    if (policies.refusals.length > 0) return [];
    const withheld = withheldFrom(principal, asked, rules.withholding, () => this.known());
    const within = compartmentGroup(type) === 'derived' ? this.throughOthers(type) : undefined;
    const ruled = policies.rules.length > 0 && { rules: policies.rules };
    return [{ where: [], ...ruled, ...(within && { within }), ...(withheld && { withheld }) }];
  }

  /** A Provenance or Binary is hidden with what policies hide, as it is with what is withheld. */
  private throughOthers(type: string): Within | undefined {
    const owner = { kind: 'patient', id: this.patient } as const;
    const sources = visibleSources(owner, (other) => this.grantsToName(other).map(withoutWithheld));
    const membership = type === 'Provenance' ? 'provenance-target' : 'binary-referrer';
    return sources && { owner, membership, sources };
  }

  /** All that a Provenance or Binary may point at: the record, and what all records share (ADR 43). */
  private known(): readonly Source[] {
    const owner = { kind: 'patient', id: this.patient } as const;
    const grantsOf = (type: string): readonly Grant[] => {
      const group = compartmentGroup(type);
      if (group === 'shared') return this.grantsToName(type);
      if (group !== 'member') return [];
      return this.grantsToName(type).map((grant) => ({ ...grant, within: { owner, membership: 'compartment' } }));
    };
    return sourcesOf(plainTypes, { grants: grantsOf, isAll: isUnlimited });
  }

  get isProof(): boolean {
    return this.#isProof;
  }
}

type AuditVerdict =
  { readonly refusals: readonly [Refusal, ...Refusal[]] } | { readonly owner: RecordOwner; readonly grant: Grant };

function judge({ principal, rules }: RequestContext): AuditVerdict {
  const owners = rules.scopesOf(principal).usable.flatMap((scope) => {
    const counts =
      scope.constraints.length === 0 && covers(scope, 'AuditEvent', 'r') && covers(scope, 'AuditEvent', 's');
    return counts && scope.owner?.kind === 'patient' ? [scope.owner] : [];
  });
  const [owner] = owners;
  if (!owner) return { refusals: [noScope(principal)] };
  const policies = judgePolicies({ principal, ...need }, rules);
  const [first, ...others] = policies.refusals;
  if (first) return { refusals: [first, ...others] };
  const ofRecord = { where: [], within: { owner, membership: 'compartment' } } as const;
  return { owner, grant: policies.rules.length > 0 ? { ...ofRecord, rules: policies.rules } : ofRecord };
}

const noScopeFact =
  'No scope of the token opens the audit of one record. A wildcard (*) does not cover AuditEvent: a scope has to name it.';

/** A machine has no patient; a patient has their own record; another user gets the scope with the patient of a launch. */
function noScope({ kind, patient, fhirUser }: Principal): Refusal {
  const refusal = { code: 'scope-insufficient', fact: noScopeFact } as const;
  if (kind === 'machine') {
    const cure =
      'This is for users. Search AuditEvent by patient with a token that has system/AuditEvent.s (SMART v1 form: system/AuditEvent.read).';
    return { ...refusal, cure };
  }
  if (patient === undefined && fhirUser?.type === 'Patient') {
    const cure = 'Request a token with user/AuditEvent.rs (SMART v1 form: user/AuditEvent.read).';
    return { ...refusal, cure, scopes: ['user/AuditEvent.rs'] };
  }
  return {
    ...refusal,
    cure: 'Request a token with patient/AuditEvent.rs (SMART v1 form: patient/AuditEvent.read) and launch/patient.',
    scopes: [...(patient === undefined ? ['launch/patient'] : []), 'patient/AuditEvent.rs'],
  };
}
