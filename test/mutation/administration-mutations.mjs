/** The judgements of administration (docs/adr/0037). */
const administration = 'src/scope/administration.ts';
const tokenScopes = 'src/scope/token-scopes.ts';

export const administrationMutations = [
  {
    name: 'administration: by a token that was narrowed, or given to an app',
    file: administration,
    find: 'if (!administers(principal, area, permission)) {',
    replace: "if (principal.subject === '') {",
    seenBy: 'with a token that was narrowed',
  },
  {
    name: 'administration: by users of other issuers',
    file: tokenScopes,
    find: "if (adminScopes !== 'allow')",
    replace: "if (adminScopes !== 'allow' && issuer === '')",
    seenBy: 'not a token of another issuer',
  },
  {
    name: 'administration: implied by scopes for resources',
    file: 'src/scope/smart-scope.ts',
    find: '  inner.context === outer.context &&\n',
    replace: '',
    seenBy: 'is never implied by one for resources',
  },
];
