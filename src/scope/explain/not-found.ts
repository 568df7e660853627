import { type Issue, ResourceNotFound } from '../../r4/errors/fhir-error.js';
import { withholdingReasons } from '../../refusal/withholding-reasons.js';
import type { Access } from '../access.js';
import { grantWords } from './words.js';
import { permissionWords } from '../grammar/permission.js';

/** Ways to rows that a 404 lists at most. */
const mostWays = 8;

/** 404 for what is not there or out of reach: to whom scopes, policies or labels leave only a part, with that part. */
export const notFound = (access: Access, id: string, versionId?: string): ResourceNotFound =>
  new ResourceNotFound({ type: access.type, id, versionId }, reachRemarks(access));

/** As {@link notFound} for a PUT: says how to create. A function of the access alone as well. */
export const notPut = (access: Access, id: string): ResourceNotFound =>
  new ResourceNotFound({ type: access.type, id }, [...reachRemarks(access), ...putRemarks(access)]);

/** Adds nothing for callers who may create at any id: they need no hint. */
function putRemarks({ makesOwnIds }: Access): readonly Issue[] {
  if (makesOwnIds) return [];
  const hasLimits = makesOwnIds === false;
  return [
    {
      severity: 'information',
      code: 'informational',
      details: {
        text: `PUT creates nothing at an id of the client's choice ${hasLimits ? 'for a caller whose access is limited to some rows' : 'while a Consent denies something'}: it would tell which ids exist.`,
      },
      diagnostics: hasLimits ? postInstead : `${postInstead} ${loaders}`,
    },
  ];
}

const postInstead = 'To create, send POST: the server makes the id.';
const loaders =
  'For who loads data, an administrator gives the right to choose ids: lanyard user set NAME --own-ids, ownIds of a client, or "claims": {"ownIds": …} of another issuer in TRUSTED_ISSUERS; --consent-exempt lifts Consents altogether.';

/**
 * Describes the reach of a limited caller: a function of the access alone, so that it is the same whether something
 * lies outside or not. Consents are named only to callers who know of another limit, or may lift Consents: they apply
 * to nearly all users, and mostly there are none.
 */
export function reachRemarks(access: Access): readonly Issue[] {
  const leavesConsents = access.grants.some(({ withheld }) => withheld?.limited !== undefined);
  if (access.isOpen && !access.mayLiftConsent && !leavesConsents) return [];
  const { grants, type, permission } = access;
  const ways = [...new Set(grants.map(grantWords))];
  const more = ways.length > mostWays ? [`${ways.length - mostWays} more`] : [];
  const limits = [
    ...(ways.includes('all') ? [] : [[...ways.slice(0, mostWays), ...more].join('; or ')]),
    ...withheldWords(access),
  ];
  return [
    {
      severity: 'information',
      code: 'informational',
      details: {
        text: `Of ${type}, this token can ${permissionWords[permission]}: ${limits.join('; ')}. What lies outside is answered as if it did not exist.`,
      },
      diagnostics: [
        'GET $my-access lists what the token reaches. Another grant may reach more.',
        ...(leavesConsents
          ? ['A Consent is changed by whom it does not limit, or with the right admin/Policy.u.']
          : []),
        ...(access.mayLiftConsent ? [withholdingReasons['results-may-be-withheld'].cure] : []),
      ].join(' '),
    },
  ];
}

function withheldWords({ grants }: Access): readonly string[] {
  const clearances = new Set(grants.flatMap(({ withheld }) => withheld?.clearance ?? []));
  return [
    ...(clearances.size > 0 ? [`what is labelled ${[...clearances].join(' or ')} at most`] : []),
    ...(grants.some(({ withheld }) => withheld?.consent) ? ['what no Consent withholds'] : []),
    ...(grants.some(({ withheld }) => withheld?.limited) ? ['Consents that do not limit the caller'] : []),
  ];
}
