import { createHash } from 'node:crypto';

/** What the database knows of a random value that is looked up by it: so many random bits need neither salt nor a slow hash. */
export const hashOpaque = (value: string): string => createHash('sha256').update(value).digest('base64url');
