import type { z } from 'zod';
import { InvalidRequest } from '../../r4/errors/fhir-error.js';
import { printable } from '../../r4/errors/request-errors.js';

/** What a body says. Throws {@link InvalidRequest} that names the first fault, and how the body has to be. */
export function readForm<T>(form: z.ZodType<T>, sent: object, example: string): T {
  const { success, data, error } = form.safeParse(sent);
  if (success) return data;
  throw new InvalidRequest({ code: 'value', diagnostics: `${faultOf(error.issues[0]!)}. Send ${example}.` });
}

function faultOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') return `"${printable(issue.keys.join('", "'))}" is not read`;
  return issue.path.length > 0 ? `"${issue.path.join('.')}" is missing, or not what it has to be` : 'It says nothing';
}
