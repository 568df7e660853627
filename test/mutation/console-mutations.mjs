/** Of the console: where people log in, and what its page may ask (docs/adr/0112). */
const login = 'src/console/console-login.ts';

/** @type {readonly import('./mutations.mjs').Mutation[]} */
export const consoleMutations = [
  {
    name: 'console: people log in at the advertised issuer, whichever the setting names',
    file: 'src/auth/issuers/advertised-issuer.ts',
    find: 'name === undefined ? advertisedOf({ issuers }) : issuers.find(({ issuer }) => issuer === name);',
    replace: "name === '' ? issuers[0] : advertisedOf({ issuers });",
    seenBy: 'tells where people log in, and as which client',
  },
  {
    name: 'console: the page may ask addresses of any scheme',
    file: login,
    find: "const usable = addresses.filter(({ protocol }) => protocol === 'https:' || (!isSecure && protocol === 'http:'));",
    replace: "const usable = addresses.filter(({ protocol }) => isSecure || protocol !== '');",
    seenBy: 'may ask the origins of that login',
  },
  {
    name: 'console: the page may not ask where tokens are',
    file: login,
    find: "const endpoints = ['token_endpoint', 'revocation_endpoint'] as const;",
    replace: "const endpoints = ['revocation_endpoint'] as const;",
    seenBy: 'may ask the origins of that login',
  },
  {
    name: 'console: text of the metadata goes into the policy of the page',
    file: login,
    find: 'usable.map(({ origin }) => origin)',
    replace: 'usable.map(({ href }) => href.replace(/%20/g, " "))',
    seenBy: 'takes no text of the metadata into the policy',
  },
];
