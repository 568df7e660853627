import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** Credentials of this server at a foreign authorization server. The secret is in a setting or in a file. */
export const clientCredentials = {
  clientId: z.string().min(1, 'must not be empty').describe('Client id of this server there.'),
  clientSecret: z
    .string()
    .min(1, 'must not be empty')
    .optional()
    .describe('Its secret; or `clientSecretFile`, which keeps it out of the settings.'),
  clientSecretFile: z.string().min(1, 'must not be empty').optional().describe('File that holds the secret.'),
  clientAuthentication: z
    .enum(['client_secret_basic', 'client_secret_post'])
    .default('client_secret_basic')
    .describe('How the secret is sent (RFC 6749, section 2.3.1).'),
};

/** A secret, or the name of a file with it. */
export interface GivenSecret {
  readonly clientSecret?: string | undefined;
  readonly clientSecretFile?: string | undefined;
}

/** Puts the content of `clientSecretFile` in the place of `clientSecret`. No message repeats a secret. */
export function readClientSecret<T extends GivenSecret>(
  { clientSecretFile, clientSecret, ...rest }: T,
  context: z.RefinementCtx,
): Omit<T, keyof GivenSecret> & { readonly clientSecret?: string } {
  if (clientSecretFile === undefined) return { ...rest, ...(clientSecret !== undefined && { clientSecret }) };
  const refuse = (message: string): void => context.addIssue({ code: 'custom', path: ['clientSecretFile'], message });
  if (clientSecret !== undefined) refuse('is there beside clientSecret; keep one of the two');
  try {
    const read = readFileSync(clientSecretFile, 'utf8').replace(/\r?\n$/, '');
    if (read === '') refuse(`names an empty file, ${clientSecretFile}`);
    return { ...rest, clientSecret: read };
  } catch (error) {
    refuse(`names a file that cannot be read, ${clientSecretFile} (${(error as NodeJS.ErrnoException).code})`);
    return rest;
  }
}
