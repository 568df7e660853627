import { claimOf, type Check } from './token-check.js';
import { cleaned, describeForm, refusal } from '../refusals/token-refusal.js';

/** No proof of possession is supported, so a bound token sent as plain Bearer fails closed (RFC 9449 7.2). */
export const bindingCheck: Check = ({ payload }) => {
  const cnf = claimOf(payload, 'cnf');
  if (cnf === undefined) return [];
  const isObject = typeof cnf === 'object' && cnf !== null && !Array.isArray(cnf);
  const methods = isObject
    ? Object.keys(cnf)
        .slice(0, 3)
        .map((one) => cleaned(one))
        .join(', ')
    : describeForm(cnf);
  return [
    refusal(
      'cnf-unproven',
      `The token is bound to a key of the client (cnf: ${methods}), and the request proves no such key.`,
      'Request a Bearer token without DPoP or a client certificate; this server does not support bound tokens yet.',
    ),
  ];
};
