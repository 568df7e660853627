import { PasswordResets } from '../../oauth2/clients/password-resets.js';
import { changeServer } from '../audited.js';
import { wrongUsage } from '../command-failed.js';
import { readDuration } from '../read-numbers.js';
import { print, remark } from '../terminal.js';

export interface PasswordOptions {
  readonly link?: true;
  readonly oneTime?: true;
  readonly expires: string;
}

export async function letChoose(name: string, { link, oneTime, expires }: PasswordOptions): Promise<void> {
  if ((link === undefined) === (oneTime === undefined)) throw wrongUsage('Say which: --link or --one-time.');
  const ttlSeconds = readDuration('--expires', expires);
  const details = [['password', link ? 'link' : 'one-time']] as const;
  await changeServer({ command: 'user password', on: `user ${name}`, details }, async (server) => {
    const resets = server.get(PasswordResets);
    const { value, expiresAt } = await (link
      ? resets.makeLink(name, ttlSeconds)
      : resets.makeOneTimePassword(name, ttlSeconds));
    const until = `until ${expiresAt.toISOString()}`;
    remark(
      link
        ? `The user chooses a password there, once and ${until}. Shown only this once:`
        : `The user signs in with it at ${server.config.issuer}/account or in an app, ${until}, and chooses another one. Shown only this once:`,
    );
    print(value);
  });
}
