import { Refused } from '../../../refusal/refusal.js';
import type { Access } from '../../../scope/access.js';
import type { Confidentiality } from '../../model/confidentiality.js';
import type { JsonObject } from '../../model/json.js';
import { isLabelledAbove } from '../consent/label-predicate.js';
import type { ContentChange } from './planned-change.js';

/** 403: the caller may write the type, but not this content. */
export function refuseContent({
  type,
  access,
  resource,
}: Pick<ContentChange, 'type' | 'access'> & Partial<Pick<ContentChange, 'resource'>>): Refused {
  const clearance = resource && exceededClearance(access, resource);
  if (clearance !== undefined) return labelRefusal(type, clearance);
  const owners = access.grants.flatMap(({ within }) => (within ? [recordOf(within.owner)] : []));
  const limits = [...new Set(access.grants.flatMap(({ where }) => where.map(({ parameter }) => parameter.code)))];
  const constraint = limits.length === 0 ? '' : `the limits that the access sets on ${limits.join(', ')}`;
  if (owners.length === 0) {
    return new Refused([
      {
        code: 'write-outside-constraint',
        fact: `The ${type} as written does not satisfy ${constraint || 'what the access is limited to'}.`,
        cure: 'Write content that satisfies the limits of the granular scopes and of the policies; GET $my-access names them. Scopes without limits may be asked for, policies are the rules of this server.',
      },
    ]);
  }
  const record = [...new Set(owners)].join(' or ');
  return new Refused([
    {
      code: 'write-outside-compartment',
      fact: `The ${type} as written does not lie in the record of ${record}${constraint && `, or does not satisfy ${constraint}`}.`,
      cure:
        type === 'Binary'
          ? 'Set securityContext (of content that is sent as it is: the header X-Security-Context) to the patient of the record.'
          : `Refer to the patient of the record in an element that places ${type} in the patient compartment, such as subject or patient.`,
    },
  ]);
}

/** The clearance of the caller, where a label of the content is above it. */
function exceededClearance({ grants }: Access, resource: JsonObject): Confidentiality | undefined {
  const clearance = grants.find(({ withheld }) => withheld?.clearance !== undefined)?.withheld?.clearance;
  return clearance !== undefined && isLabelledAbove(resource, clearance) ? clearance : undefined;
}

const labelRefusal = (type: string, clearance: Confidentiality): Refused =>
  new Refused([
    {
      code: 'label-above-clearance',
      fact: `The ${type} as written has a confidentiality label above ${clearance}, the clearance of the caller.`,
      cure: `Write it with a label of meta.security no higher than ${clearance}, or ask an administrator for a higher clearance: lanyard user set NAME --clearance CODE; for a backend service, clearance of its client; for users of another issuer, "claims": {"clearance": …} in TRUSTED_ISSUERS.`,
    },
  ]);

const recordOf = (owner: { readonly kind: string; readonly id: string }): string =>
  owner.kind === 'patient' ? `Patient/${owner.id}` : `the patient of RelatedPerson/${owner.id}`;
