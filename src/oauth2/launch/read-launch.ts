import { z } from 'zod';
import { InvalidRequest } from '../../r4/errors/fhir-error.js';
import type { LaunchContext } from './launch-context.js';

const id = z.string().regex(/^[A-Za-z0-9\-.]{1,64}$/, 'is the id of a resource here, such as p1');
const reference = z.string().regex(/^[A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64}$/, 'is a reference such as ImagingStudy/i1');
const role = z.string().min(1, 'is never empty').optional();

/** SMART App Launch 2.2, "fhirContext": a reference, a canonical or an identifier; Patient and Encounter have members of their own. */
const fhirContext = z
  .strictObject({
    reference: reference.optional(),
    canonical: z.url().optional(),
    identifier: z.record(z.string(), z.json()).optional(),
    type: z.string().optional(),
    role,
  })
  .refine(
    (one) => one.reference !== undefined || one.canonical !== undefined || one.identifier !== undefined,
    'needs a reference, a canonical or an identifier',
  )
  .refine(
    (one) => !(/^(?:Patient|Encounter)\//.test(one.reference ?? '') && (one.role ?? 'launch') === 'launch'),
    'does not repeat the patient or the encounter of the launch',
  );

/** A launch, as an EHR asks for it. */
export const launchForm = z.strictObject({
  client: z.string().min(1),
  user: z.string().min(1).optional(),
  patient: id.optional(),
  encounter: id.optional(),
  fhirContext: z.array(fhirContext).max(50).optional(),
  intent: z.string().min(1).max(200).optional(),
  needPatientBanner: z.boolean().optional(),
});

export interface AskedLaunch {
  readonly client: string;
  /** User who is going to log in; the caller when absent. */
  readonly user?: string;
  readonly context: LaunchContext;
}

/** Reads what an EHR asks for; says every member that has the wrong form. */
export function readLaunch(form: unknown): AskedLaunch {
  const { success, data, error } = launchForm.safeParse(form);
  if (!success) {
    const problems = error.issues.map(({ path, message }) => `${path.join('.') || 'The body'}: ${message}.`);
    throw new InvalidRequest({ code: 'value', diagnostics: problems.join(' ') });
  }
  const { client, user, ...context } = data;
  return { client, ...(user !== undefined && { user }), context: withoutAbsent(context) };
}

const withoutAbsent = (context: object): LaunchContext =>
  Object.fromEntries(Object.entries(context).filter(([, value]) => value !== undefined)) as LaunchContext;
