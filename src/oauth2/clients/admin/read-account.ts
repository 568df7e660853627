import { z } from 'zod';
import type { AccountChange } from '../../../auth/local-accounts.js';
import { InvalidRequest } from '../../../fhir/model/fhir-error.js';
import { printable } from '../../../fhir/model/request-errors.js';
import { parseScope } from '../../../scope/smart-scope.js';

const shortestPassword = 8;

const grants = z
  .union([z.array(z.string()), z.string().transform((text) => text.split(/\s+/).filter((word) => word !== ''))])
  .superRefine((scopes, context) => {
    for (const scope of scopes) {
      const why = whyNoGrant(scope);
      if (why !== undefined) context.addIssue({ code: 'custom', message: `"${printable(scope)}" is no grant: ${why}` });
    }
  });

const changeForm = z.strictObject({
  password: z.string().min(shortestPassword, `has to have ${shortestPassword} characters or more`).optional(),
  grants: grants.optional(),
  fhirUser: z.string().nullable().optional(),
  disabled: z.boolean().optional(),
});

const accountForm = changeForm.extend({ name: z.string() });

export type AccountForm = AccountChange & { readonly name: string };

/** What is to change about a user. */
export function readAccountChange(form: unknown): AccountChange {
  const { success, data, error } = changeForm.safeParse(form);
  if (success) return changeOf(data);
  throw invalid(error);
}

/** A user as administrators write them, in the admin API and in files. */
export function readAccount(form: unknown): AccountForm {
  const { success, data, error } = accountForm.safeParse(form);
  if (success) return { name: data.name, ...changeOf(data) };
  throw invalid(error);
}

function changeOf({ password, grants: scopes, fhirUser, disabled }: z.output<typeof changeForm>): AccountChange {
  return {
    ...(password !== undefined && { password }),
    ...(scopes !== undefined && { grants: scopes.join(' ') }),
    ...(fhirUser !== undefined && { fhirUser }),
    ...(disabled !== undefined && { disabled }),
  };
}

/** Users act with user/ scopes; what apps get is within them. */
function whyNoGrant(scope: string): string | undefined {
  const parsed = parseScope(scope);
  if (!('ok' in parsed)) return parsed.why;
  return parsed.ok.context === 'user' ? undefined : `write user/${scope.slice(scope.indexOf('/') + 1)}`;
}

function invalid({ issues }: z.ZodError): InvalidRequest {
  const facts = issues.map((issue) => {
    if (issue.code === 'unrecognized_keys') return `A user has no "${issue.keys.map(printable).join('", "')}".`;
    const place = issue.path.join('.');
    return issue.code === 'invalid_type' || issue.code === 'invalid_union'
      ? `${place || 'The user'} is missing or has the wrong form.`
      : `${place}: ${issue.message}.`;
  });
  return new InvalidRequest({
    code: 'value',
    diagnostics: `${facts.join(' ')} A user has name, password, grants (such as user/*.rs), fhirUser (such as Practitioner/p1) and disabled.`,
  });
}
