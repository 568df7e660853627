import type { OauthClient } from './oauth-client.js';

const never: readonly string[] = ['secretHash', 'machineSession'];

/** A client as administrators see it: the form it was written in, its id and where it came from; never a hash. */
export const clientAnswer = (client: OauthClient): object => ({
  ...Object.fromEntries(Object.entries(client).filter(([name]) => !never.includes(name))),
  hasSecret: client.secretHash !== undefined,
});
