/** Judgements about accounts and about what is done for people who are not logged in: `find` has to occur once in the file. */
export const accountMutations = [
  {
    name: 'accounts: keys of clients are fetched from wherever a name leads',
    file: 'src/oauth2/provider/jwks-fetch.ts',
    find: 'isAllowed ? undefined : judgedLookup',
    replace: 'undefined',
    seenBy: 'by a name that stands for',
  },
  {
    name: 'accounts: what was typed as a user name is written down',
    file: 'src/fhir/http/request-audit.ts',
    find: 'if (record.caller?.isTyped !== true) return record;',
    replace: 'if (record.caller) return record;',
    seenBy: 'is kept nowhere, by /login',
  },
  {
    name: 'accounts: anybody may open pages and register as often as he likes',
    file: 'src/oauth2/sign-in-rate.ts',
    find: 'if (seconds !== undefined) throw tooMany(seconds);',
    replace: '',
    seenBy: 'is told to wait',
  },
];
