import { Refused } from '../../../refusal/refusal.js';
import type { ContentChange } from './planned-change.js';

/** 403: the caller may write the type, but not this content. */
export function refuseContent({ type, access }: Pick<ContentChange, 'type' | 'access'>): Refused {
  const owners = access.grants.flatMap(({ within }) => (within ? [recordOf(within.owner)] : []));
  const limits = [...new Set(access.grants.flatMap(({ where }) => where.map(({ parameter }) => parameter.code)))];
  const constraint = limits.length === 0 ? '' : `the limits that the access sets on ${limits.join(', ')}`;
  if (owners.length === 0) {
    return new Refused([
      {
        code: 'write-outside-constraint',
        fact: `The ${type} as written does not satisfy ${constraint || 'what the access is limited to'}.`,
        cure: 'Write content that satisfies the limits of the granular scopes, or ask for a scope without them.',
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

const recordOf = (owner: { readonly kind: string; readonly id: string }): string =>
  owner.kind === 'patient' ? `Patient/${owner.id}` : `the patient of RelatedPerson/${owner.id}`;
