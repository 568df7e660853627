import { listed } from '../../r4/errors/listed.js';
import type { Principal } from '../../auth/principal.js';
import type { ReasonCode } from '../../refusal/reasons.js';
import type { Refusal } from '../../refusal/refusal.js';
import type { RecordOwner } from '../grant.js';
import { type Permission, permissionWords } from '../grammar/permission.js';
import { grantsOf, type Obstacle, type ScopeQuery } from '../scope-grants.js';
import { shownScope } from '../grammar/scope-suffix.js';
import { covers, looksLikeRight, type ScopeContext, smallestScopes } from '../grammar/smart-scope.js';
import { hasResourceScopes, type IgnoredScope, ownerOf, type TokenScopes } from '../grammar/token-scopes.js';

const longestList = 10;

/** The least context whose scope gives the caller what is asked for; undefined where no scope would. */
function helpfulContext(query: ScopeQuery): ScopeContext | undefined {
  const { patient, fhirUser, kind } = query.principal;
  if (kind === 'machine') return 'system';
  const helps = (owner: RecordOwner): boolean => obstacleOf(owner, query) === undefined;
  if (patient !== undefined && helps({ kind: 'patient', id: patient })) return 'patient';
  const owner = ownerOf(fhirUser);
  return owner === undefined || helps(owner) ? 'user' : undefined;
}

/** Returns why even an exact scope would grant nothing within this record; undefined if it would grant something. */
function obstacleOf(owner: RecordOwner, query: ScopeQuery): Obstacle | undefined {
  const { type, permission } = query;
  const { v2: text } = smallestScopes('user', type, permission);
  const scope = { text, context: 'user', type, permissions: [permission], constraints: [], owner } as const;
  const granted = grantsOf(scope, query);
  return 'code' in granted ? granted : undefined;
}

export interface Need {
  readonly type: string;
  readonly permission: Permission;
}

/** The refusal when no scope that counts covers what is needed: `scope-missing` or `scope-insufficient`. `mark`: stands behind scopes that nobody has vouched for. */
export function noScopeRefusal(
  scopes: readonly string[],
  context: ScopeContext,
  need: Need,
  mark?: '(unverified)',
): Refusal {
  const { v2, v1 } = smallestScopes(context, need.type, need.permission);
  const wanted = `${permissionWords[need.permission]} of ${need.type === '*' ? 'any type' : need.type}`;
  const ask = `${v2} (SMART v1 form: ${v1})`;
  const mapped = mapHint(scopes, v2);
  const held = mark === undefined || scopes.length === 0 ? list(scopes) : `${list(scopes)} ${mark}`;
  if (!hasResourceScopes(scopes)) {
    const others = scopes.length === 0 ? 'no scope at all' : `only ${held}`;
    return {
      code: 'scope-missing',
      fact: `The token has no SMART scope for FHIR resources; it has ${others}. This request needs ${wanted}.`,
      cure: `Request a token with the scope ${ask}. Roles and groups of a user do not replace scopes.${mapped}`,
      scopes: [v2],
    };
  }
  const hint = need.type === 'AuditEvent' ? ' A wildcard (*) does not cover AuditEvent: a scope has to name it.' : '';
  return {
    code: 'scope-insufficient',
    fact: `No scope of the token permits ${wanted}. The token has ${held}.${hint}`,
    cure: `Request a token that also has ${ask}.${mapped}`,
    scopes: [v2],
  };
}

/** Words of other authorization servers in scope, scp or roles mean nothing until an administrator says what. */
function mapHint(scopes: readonly string[], wanted: string): string {
  const unknown = scopes.filter((text) => !looksLikeRight(text) && !isWellKnown(text)).map(shownScope);
  if (unknown.length === 0) return '';
  return (
    ` If the authorization server has words of its own for access (${listed(unknown, 3)}), an administrator says what they mean: ` +
    `"scopeMap": {"${unknown[0]}": "${wanted}"} of this issuer in TRUSTED_ISSUERS.`
  );
}

/** Scopes of OAuth, OpenID Connect and SMART that are not about resources. */
const isWellKnown = (scope: string): boolean =>
  /^(?:openid|profile|email|address|phone|fhirUser|offline_access|online_access|launch(?:\/\w+)?|smart\/.*|__.*)$/.test(
    scope,
  );

const list = (scopes: readonly string[]): string => listed(scopes.map(shownScope), longestList);

/** All that the scopes of a token have against one type and permission; called when they grant nothing there. */
export function explainScopes(
  query: ScopeQuery,
  { usable, ignored }: TokenScopes,
  obstacles: readonly Obstacle[],
): readonly Refusal[] {
  const context = helpfulContext(query);
  if (context === undefined) return [beyondRecord(query)];
  const mattering = ignored.filter(({ meant }) => meant && covers(meant, query.type, query.permission));
  const covered = usable.some((scope) => covers(scope, query.type, query.permission));
  const isTold = mattering.some(({ code }) => aboutTheHolder.has(code) || code === 'scope-constraint-unsupported');
  return [
    ...(covered || isTold ? [] : [noScopeRefusal(query.principal.scopes, context, query)]),
    ...obstacles.map((obstacle) => obstacleRefusal(obstacle, query, context)),
    ...mattering.map((scope) => ignoredRefusal(scope, query, context)),
  ];
}

/** Explains a request that needs a permission on some type and has it on none. */
export function explainNowhere(
  principal: Principal,
  { ignored }: TokenScopes,
  permission: Permission,
): readonly Refusal[] {
  const need = { type: '*', permission };
  const context = principal.kind === 'machine' ? 'system' : principal.patient === undefined ? 'user' : 'patient';
  const unheld = ignored.filter(
    ({ code, meant }) => aboutTheHolder.has(code) && meant?.permissions.includes(permission),
  );
  return unheld.length > 0
    ? unheld.map((scope) => ignoredRefusal(scope, need, context))
    : [noScopeRefusal(principal.scopes, context, need)];
}

/** Another scope would not help: the token lacks a claim that its scopes need. */
const aboutTheHolder: ReadonlySet<ReasonCode> = new Set(['patient-context-missing', 'user-unlinked']);

/** Refusal for rows outside every record: no scope gives them to a user who is limited to one. */
function beyondRecord(query: ScopeQuery): Refusal {
  const { principal, type, permission } = query;
  const { type: userType, id } = principal.fhirUser!;
  const { code, fact, cure } = obstacleOf(ownerOf(principal.fhirUser)!, query)!;
  const others = `A practitioner with user/${type}.${permission} can do it, or a machine with system/${type}.${permission}.`;
  return {
    code,
    fact: `${fact} The user is ${userType}/${id}, whose access is that of one record.`,
    cure: [`No scope gives this to ${userType}/${id}. ${others}`, ...(cure === undefined ? [] : [cure])].join(' '),
  };
}

function obstacleRefusal({ code, scope, fact, cure }: Obstacle, need: Need, context: ScopeContext): Refusal {
  const { v2, v1 } = smallestScopes(context, need.type, need.permission);
  if (code === 'scope-constraint-unsupported' || code === 'element-masked') {
    const said = `Scope ${shownScope(scope.text)} grants nothing on ${need.type}: ${fact}`;
    if (code === 'element-masked')
      return {
        code,
        fact: said,
        cure: `Request a token with ${v2} (SMART v1 form: ${v1}), or with a constraint that looks at nothing that is masked.`,
        scopes: [v2],
      };
    const start = `${scope.context}/${need.type}.${scope.permissions.join('')}`;
    return {
      code,
      fact: said,
      cure: `Request a scope of its own for ${need.type} beside it: ${start}?… with a constraint that ${need.type} has.`,
    };
  }
  const limit =
    scope.context === 'patient'
      ? `${shownScope(scope.text)} is limited to one patient`
      : `${shownScope(scope.text)} is limited to the patient that fhirUser stands for`;
  return {
    code,
    fact: `${fact} Scope ${limit}.`,
    cure: [
      `This needs ${v2} (SMART v1 form: ${v1}) for a practitioner, or system/${need.type}.${need.permission} for a machine.`,
      ...(cure === undefined ? [] : [cure]),
    ].join(' '),
    scopes: [v2],
  };
}

/** A scope of the token that looks as if it permitted the request, and why it does not. */
function ignoredRefusal(
  { text, code, why, cure, corrected }: IgnoredScope,
  need: Need,
  context: ScopeContext,
): Refusal {
  const { v2, v1 } = smallestScopes(context, need.type, need.permission);
  return {
    code,
    fact: `Scope ${shownScope(text)} is ignored: ${sentence(why)}`,
    cure: cure ?? cureOf(code, `${v2} (SMART v1 form: ${v1})`),
    ...scopesInstead({ code, ...(corrected !== undefined && { corrected }) }, v2),
  };
}

const sentence = (text: string): string => (text.endsWith('?') ? text : `${text}.`);

/** Suggests no unlimited scope for one that was meant to be limited. */
function scopesInstead(
  { code, corrected }: Pick<IgnoredScope, 'code' | 'corrected'>,
  smallest: string,
): Pick<Refusal, 'scopes'> {
  if (corrected !== undefined) return { scopes: [corrected] };
  return aboutTheHolder.has(code) || code === 'scope-constraint-unsupported' ? {} : { scopes: [smallest] };
}

const cures: Partial<Record<ReasonCode, (ask: string) => string>> = {
  'patient-context-missing': () =>
    'Let the authorization server choose a patient: add launch/patient (or launch) to the requested scopes, so that the token gets a claim patient.',
  'scope-constraint-unsupported': () =>
    'Request it with constraints of the form parameter=value that a search takes, without modifiers, chains and result parameters.',
  'system-scope-ignored': (ask) =>
    `Use ${ask} for a user. system/ scopes need a token from the client credentials grant. If this is one of another issuer, an administrator ` +
    'names a claim that only tokens of machines have as "machineToken" of the issuer in TRUSTED_ISSUERS, such as {"claim": "gty", "equals": "client-credentials"}.',
};

const cureOf = (code: ReasonCode, ask: string): string => cures[code]?.(ask) ?? `Request a token with ${ask} instead.`;
