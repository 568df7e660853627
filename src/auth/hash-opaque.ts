import { createHash } from 'node:crypto';

/** Hash by which the database finds a random value: so many random bits need neither salt nor a slow hash. */
export const hashOpaque = (value: string): string => createHash('sha256').update(value).digest('base64url');
