/** Why keys or metadata of an issuer cannot be had; `{name}` is the place of a value. */
export const keysProblems = {
  'keys.insecure': '{url} is not an https address',
  'keys.status': '{url} answered {status}',
  'keys.large': '{url} answered more than {most} kB',
  'keys.late': '{url} did not answer within {seconds} s',
  'keys.unreachable': '{url} cannot be reached',
  'keys.no-json': '{url} did not answer with a JSON object',
  'keys.no-set': '{url} did not answer with a JWK set',
  'keys.other-issuer': 'the metadata of {issuer} names another issuer',
  'keys.no-jwks-uri': 'the metadata of {issuer} names no jwks_uri by https',
  'keys.no-introspection': 'the metadata of {issuer} names no introspection_endpoint',
  'keys.database': 'the database that keeps them does not answer',
  'keys.inside': '{host} leads to an address inside a network ({setting} does not name it)',
  'keys.address': '{why}',
} as const;
