import { interactionPolicy } from '../oidc-library.js';

/**
 * A login when there is no session, and then always a decision: each launch has a patient and a choice of scopes of its own, so
 * an older grant is never taken for a new one. A first-party client has its grant from `FirstPartyGrants`; one that was only made for
 * the request has no id.
 */
export function interactionPrompts(): ReturnType<typeof interactionPolicy.base> {
  const { base, Check, Prompt } = interactionPolicy;
  const policy = base();
  policy.remove('consent');
  policy.add(
    new Prompt(
      { name: 'consent', requestable: true },
      new Check('undecided', 'The user has to decide what the app may do', 'consent_required', ({ oidc }) =>
        oidc.result?.consent?.grantId === undefined && oidc.entities.Grant?.jti === undefined
          ? Check.REQUEST_PROMPT
          : Check.NO_NEED_TO_PROMPT,
      ),
    ),
  );
  return policy;
}
