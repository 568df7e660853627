import { randomBytes } from 'node:crypto';
import { loginClientId } from '../../auth/login/login-tokens.js';
import { consoleClientId } from './console-client.js';
import { problem, type ClientProblem } from './client-metadata.js';

const reserved: readonly string[] = [loginClientId, consoleClientId];

export const generateClientId = (): string => randomBytes(16).toString('hex');

/** Ids travel in URLs, headers and tokens, so they are of characters that are the same in all of them. */
export function checkClientId(id: string): ClientProblem | undefined {
  if (!/^[A-Za-z0-9][A-Za-z0-9._~-]{0,99}$/.test(id))
    return problem(
      'id',
      'The id of a client has 1 to 100 letters, digits, dots, hyphens, underscores or tildes, and begins with a letter or digit.',
      'Choose one such as growth-chart, or leave it out to get a random one.',
    );
  if (reserved.includes(id)) return problem('id', `The id ${id} belongs to this server.`, 'Choose another.');
  return undefined;
}
