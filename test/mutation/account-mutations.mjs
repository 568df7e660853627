/** Judgements about accounts and about what is done for people who are not logged in: `find` has to occur once in the file. */
export const accountMutations = [
  {
    name: 'accounts: keys of clients are fetched from wherever a name leads',
    file: 'src/oauth2/provider/jwks-fetch.ts',
    find: '...(!isAllowed && { lookup: judgedLookup }),',
    replace: '',
    seenBy: 'by a name that stands for',
  },
];
