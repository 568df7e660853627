import { z } from 'zod';
import type { AccountChange } from '../../../auth/accounts/local-accounts.js';
import { confidentialities } from '../../../r4/model/confidentiality.js';
import { InvalidRequest } from '../../../r4/errors/fhir-error.js';
import { printable } from '../../../r4/errors/request-errors.js';
import { isAdminScope } from '../../../scope/grammar/admin-scope.js';
import { parseAnyScope } from '../../../scope/grammar/smart-scope.js';

const shortestPassword = 8;

const grants = z
  .union([z.array(z.string()), z.string().transform((text) => text.split(/\s+/).filter((word) => word !== ''))])
  .superRefine((scopes, context) => {
    for (const scope of scopes) {
      const why = whyNoGrant(scope);
      if (why !== undefined) context.addIssue({ code: 'custom', message: `"${printable(scope)}" is no grant: ${why}` });
    }
  });

/** The changes to a user. */
export const changeForm = z.strictObject({
  password: z.string().min(shortestPassword, `has to have ${shortestPassword} characters or more`).optional(),
  grants: grants.optional(),
  fhirUser: z.string().nullable().optional(),
  clearance: z
    .enum(confidentialities, `has to be one of ${confidentialities.join(', ')}`)
    .nullable()
    .optional(),
  breakGlass: z.boolean().optional(),
  consentExempt: z.boolean().optional(),
  ownIds: z.boolean().optional(),
  disabled: z.boolean().optional(),
});

/** A new user. */
export const accountForm = changeForm.extend({ name: z.string() });

export type AccountForm = AccountChange & { readonly name: string };

/** Reads the changes to a user. */
export function readAccountChange(form: unknown): AccountChange {
  const { success, data, error } = changeForm.safeParse(form);
  if (success) return changeOf(data);
  throw invalid(error);
}

/** A user as administrators write them, in the admin API and in files. */
export function readAccount(form: unknown): AccountForm {
  const { success, data, error } = accountForm.safeParse(form);
  if (success) {
    const { name, ...change } = data;
    return { name, ...changeOf(change) };
  }
  throw invalid(error);
}

function changeOf({ password, grants: scopes, ...rest }: z.output<typeof changeForm>): AccountChange {
  const given = Object.entries(rest).filter(([, value]) => value !== undefined);
  return {
    ...(Object.fromEntries(given) as Omit<AccountChange, 'password' | 'grants'>),
    ...(password !== undefined && { password }),
    ...(scopes !== undefined && { grants: scopes.join(' ') }),
  };
}

/** Users act with user/ scopes, and administer with admin/ scopes; what apps get is within them. */
function whyNoGrant(scope: string): string | undefined {
  const parsed = parseAnyScope(scope);
  if (!('ok' in parsed)) return parsed.why;
  const { context } = parsed.ok;
  return context === 'user' || isAdminScope(scope) ? undefined : `write user/${scope.slice(scope.indexOf('/') + 1)}`;
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
    diagnostics: `${facts.join(' ')} A user has name, password, grants (such as user/*.rs), fhirUser (such as Practitioner/p1), clearance (such as N), breakGlass, consentExempt, ownIds and disabled.`,
  });
}
