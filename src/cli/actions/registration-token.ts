import {
  RegistrationTokens,
  type RegistrationTokenOptions,
} from '../../oauth2/clients/registration/registration-tokens.js';
import { changeServer, type CommandChange } from '../audited.js';
import { readDuration, readWhole } from '../read-numbers.js';
import { print, remark } from '../terminal.js';

export interface RegistrationOptions {
  readonly scope?: string;
  readonly uses: string;
  readonly expires: string;
}

export async function makeRegistrationToken({ scope, uses, expires }: RegistrationOptions): Promise<void> {
  const options = {
    uses: readWhole('--uses', uses),
    ttlSeconds: readDuration('--expires', expires),
    ...(scope !== undefined && { scopes: scope.split(/\s+/).filter((word) => word !== '') }),
  };
  await changeServer(changeOf(options), async (server) => {
    const { token, expiresAt } = await server.get(RegistrationTokens).create(options);
    remark(
      `Works until ${expiresAt.toISOString()}, at ${server.config.issuer}/register, as Authorization: Bearer. Shown only this once:`,
    );
    print(token);
  });
}

/** For a command that goes on to use it. */
export const createRegistrationToken = (options: RegistrationTokenOptions): Promise<string> =>
  changeServer(changeOf(options), async (server) => (await server.get(RegistrationTokens).create(options)).token);

const changeOf = ({ scopes = [], uses }: RegistrationTokenOptions): CommandChange => ({
  command: 'token registration',
  on: 'registration token',
  details: [['uses', String(uses ?? 1)], ...scopes.map((scope) => ['scope', scope] as const)],
});
