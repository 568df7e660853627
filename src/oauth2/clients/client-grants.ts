import { problem, type ClientMetadata, type ClientProblem } from './client-metadata.js';

type Client = Pick<ClientMetadata, 'kind' | 'grantTypes' | 'redirectUris' | 'introspects' | 'resources' | 'audiences'>;

interface Rule extends ClientProblem {
  readonly isBroken: (client: Client) => boolean;
}

/** Finds contradictions between grant types, redirect URIs and the kind of a client. */
export const checkGrants = (client: Client): ClientProblem[] =>
  rules.flatMap(({ isBroken, field, fact, cure }) => (isBroken(client) ? problem(field, fact, cure) : []));

const isServer = ({ resources = [] }: Client): boolean => resources.length > 0;
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
    isBroken: (client) => client.kind === 'public' && isServer(client),
    field: 'resources',
    fact: 'A public client cannot prove who it is, so it cannot be a server that asks about its tokens.',
    cure: 'Register it as confidential.',
  },
  {
    isBroken: ({ grantTypes, audiences = [] }) => audiences.length > 0 && !grantTypes.includes('client_credentials'),
    field: 'audiences',
    fact: 'Only tokens that a client gets for itself (client_credentials) are limited to audiences.',
    cure: 'Leave audiences out: apps ask for one with aud or resource, and their users decide.',
  },
  {
    isBroken: (client) => client.grantTypes.length === 0 && !client.introspects && !isServer(client),
    field: 'grantTypes',
    fact: 'A client without grant types gets no tokens.',
    cure: 'Add authorization_code or client_credentials; a server that takes tokens of this one names its base in resources, and asks about them.',
  },
];
