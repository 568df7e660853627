import { UpstreamLinks } from '../../oauth2/login-providers/upstream-links.js';
import { changeServer } from '../audited.js';
import { withServer } from '../open-server.js';
import { print, printJson, printTable, remark } from '../terminal.js';

export interface LinkOptions {
  readonly provider: string;
  readonly subject: string;
  readonly fromClaims?: true;
}

export async function link(account: string, { provider, subject, fromClaims }: LinkOptions): Promise<void> {
  const change = { command: 'user link', on: `user ${account}`, details: detailsOf(provider, subject) };
  await changeServer(change, async (server) => {
    await server.get(UpstreamLinks).link({ account, provider, subject, managed: fromClaims === true });
    remark(`Whoever logs in at ${provider} as that subject is the user "${account}".`);
  });
}

export async function unlink({ provider, subject }: LinkOptions): Promise<void> {
  const change = { command: 'user unlink', on: `subject ${subject}`, details: detailsOf(provider, subject) };
  await changeServer(change, async (server) => {
    const was = await server.get(UpstreamLinks).unlink({ provider, subject });
    remark(
      was
        ? 'That subject is nobody here any more. The user stays; its logins and what apps may do for it have ended.'
        : 'That subject was linked to nobody.',
    );
  });
}

const detailsOf = (provider: string, subject: string) =>
  [
    ['provider', provider],
    ['subject', subject],
  ] as const;

export async function links(account: string, { json }: { readonly json?: true }): Promise<void> {
  await withServer(async (server) => {
    const found = await server.get(UpstreamLinks).list(account);
    if (json) return printJson(found);
    if (found.length === 0) return print(`The user "${account}" is linked to nobody.`);
    printTable(
      ['ISSUER', 'SUBJECT', 'GRANTS FROM'],
      found.map(({ issuer, subject, managed }) => [issuer, subject, managed ? 'claims' : 'here']),
    );
  });
}
