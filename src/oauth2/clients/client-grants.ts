import { problem, type ClientMetadata, type ClientProblem } from './client-metadata.js';

type Client = Pick<ClientMetadata, 'kind' | 'grantTypes' | 'redirectUris' | 'introspects'>;

interface Rule extends ClientProblem {
  readonly isBroken: (client: Client) => boolean;
}

/** What grant types, redirect URIs and the kind of a client have wrong beside each other. */
export const checkGrants = (client: Client): ClientProblem[] =>
  rules.flatMap(({ isBroken, field, fact, cure }) => (isBroken(client) ? problem(field, fact, cure) : []));

const hasCode = ({ grantTypes }: Client): boolean => grantTypes.includes('authorization_code');

const rules: readonly Rule[] = [
  {
    isBroken: (client) => hasCode(client) && client.redirectUris.length === 0,
    field: 'redirectUris',
    fact: 'The grant type authorization_code needs a redirect URI.',
    cure: 'Register one such as https://app.example/callback.',
  },
  {
    isBroken: (client) => !hasCode(client) && client.redirectUris.length > 0,
    field: 'grantTypes',
    fact: 'There are redirect URIs, but the grant type authorization_code is missing.',
    cure: 'Add it, or leave the redirect URIs out.',
  },
  {
    isBroken: (client) => !hasCode(client) && client.grantTypes.includes('refresh_token'),
    field: 'grantTypes',
    fact: 'refresh_token without authorization_code gives no tokens.',
    cure: 'Add authorization_code; machines get new tokens by client_credentials.',
  },
  {
    isBroken: ({ kind, grantTypes }) => kind === 'public' && grantTypes.includes('client_credentials'),
    field: 'grantTypes',
    fact: 'A public client cannot prove who it is, so it cannot have client_credentials.',
    cure: 'Register it as confidential-asymmetric with its public keys.',
  },
  {
    isBroken: ({ kind, introspects }) => kind === 'public' && introspects,
    field: 'introspects',
    fact: 'A public client cannot prove who it is, so it cannot introspect tokens.',
    cure: 'Register it as confidential.',
  },
  {
    isBroken: ({ grantTypes, introspects }) => grantTypes.length === 0 && !introspects,
    field: 'grantTypes',
    fact: 'A client without grant types gets no tokens.',
    cure: 'Add authorization_code or client_credentials, or let it introspect.',
  },
];
