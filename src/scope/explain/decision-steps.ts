import type { Interaction } from '../../r4/rest/interaction.js';
import { printable } from '../../r4/errors/request-errors.js';
import type { DecisionStep } from '../../refusal/reason.js';
import { reasons } from '../../refusal/reasons.js';
import type { Refusal } from '../../refusal/refusal.js';
import type { Decision } from '../decision.js';
import { interactionRules } from '../interaction-rules.js';
import { myWithholding } from '../consent/my-withholding.js';
import { permissionWords } from '../grammar/permission.js';
import { judgePolicies, type PolicyVerdict } from '../policies/judge-policies.js';
import { breaksGlass } from '../consent/purpose-of-use.js';
import type { RequestContext } from '../request-context.js';
import type { Need } from './scope-refusals.js';
import { shownScope } from '../grammar/scope-suffix.js';
import { looksLikeRight, type SmartScope } from '../grammar/smart-scope.js';
import type { UsableScope } from '../grammar/token-scopes.js';
import { type Line, passed, refused, skipped, type Step, fact } from './step.js';
import { grantWords, ownerWords } from './words.js';

/** Every step of a decision about a known caller, from what it was made of; nothing is looked up. */
export function decisionSteps(decision: Decision, context: RequestContext): readonly Step[] {
  const { refusals, needs } = decision;
  const { interaction } = decision.request;
  const at = (check: DecisionStep): readonly Line[] => refusalsAt(check, refusals).map(refused);
  return [
    {
      check: 'request',
      lines: [...requestLines(interaction.kind === 'none' ? undefined : interaction, needs), ...at('request')],
    },
    { check: 'scopes', lines: [...scopeLines(context), ...at('scopes')] },
    { check: 'context', lines: [...contextLines(context), ...at('context')] },
    { check: 'policies', lines: [...policyLines(context, needs), ...at('policies')] },
    { check: 'reach', lines: [...reachLines(context, needs), ...at('reach')] },
    { check: 'withholding', lines: [...withholdingLines(context), ...at('withholding')] },
    ...(decision.isPermitted && interaction.kind !== 'none' ? [storedData(interaction)] : []),
  ];
}

const refusalsAt = (step: DecisionStep, refusals: readonly Refusal[]): readonly Refusal[] =>
  refusals.filter(({ code }) => reasons[code].step === step);

const needWords = ({ type, permission }: Need): string =>
  `${permission} (${permissionWords[permission]}) on ${type === '*' ? 'some type' : type}`;

export function requestLines(interaction: Interaction | undefined, needs: readonly Need[]): readonly Line[] {
  if (!interaction) return [];
  const { kind, type, id, operation } = interaction;
  const name = operation === undefined ? kind.replaceAll('-', ' ') : `operation $${printable(operation)}`;
  const address = [type, id].filter((part) => part !== undefined).join('/');
  const needed = needs.length === 0 ? 'needs no permission of its own' : `needs ${needs.map(needWords).join(' and ')}`;
  return [fact(`It is the interaction "${name}"${address && ` of ${address}`}, and ${needed}.`)];
}

export function scopeLines({ principal, rules }: RequestContext): readonly Line[] {
  const { usable, ignored, administrative } = rules.scopesOf(principal);
  const plain = ignored.filter(({ text }) => !looksLikeRight(text));
  const others = plain.map(({ text }) => shownScope(text)).join(', ');
  return [
    ...usable.map((scope) => passed(`${shownScope(scope.text)} counts: ${scopeWords(scope)}.`)),
    ...administrative.map(({ text }) => fact(`${shownScope(text)} is a right to administer, and opens no resource.`)),
    ...ignored
      .filter(({ text }) => looksLikeRight(text))
      .map(({ text, code, why }) => skipped(`${shownScope(text)} does not count: ${why} [${code}].`)),
    ...(others === '' ? [] : [fact(`Not about FHIR resources: ${others}.`)]),
  ];
}

function scopeWords({ permissions, type, constraints, owner }: UsableScope & SmartScope): string {
  const what = permissions.map((letter) => permissionWords[letter]).join(', ');
  const limits = [
    ...(owner ? [ownerWords(owner)] : []),
    ...constraints.map(({ name, value }) => `${name} ${printable(value)}`),
  ];
  const where = limits.length === 0 ? '' : `, limited to ${limits.join(' and ')}`;
  return `${what} of ${type === '*' ? 'every type' : type}${where}`;
}

function contextLines({ principal }: RequestContext): readonly Line[] {
  const { kind, patient, fhirUser } = principal;
  return [
    fact(kind === 'machine' ? 'The token belongs to a machine.' : 'The token belongs to a user.'),
    fact(patient === undefined ? 'No patient is in context.' : `Patient/${printable(patient)} is in context.`),
    ...(fhirUser ? [fact(`The user is ${fhirUser.type}/${fhirUser.id}.`)] : []),
  ];
}

function policyLines(context: RequestContext, needs: readonly Need[]): readonly Line[] {
  const { policies } = context.rules;
  const known = needs.filter(({ type }) => type !== '*');
  if (policies.length === 0 || known.length === 0) return [fact('No policy has a say in this.')];
  const lines = known.flatMap((need) =>
    judgePolicies({ principal: context.principal, ...need }, context.rules)
      .verdicts // A refusal is told with its cure below.
      .filter(({ verdict }) => verdict !== 'deny')
      .map((verdict) => fact(`Policy ${verdict.policy} narrows ${needWords(need)}: ${verdictWords(verdict)}.`)),
  );
  return lines.length > 0
    ? lines
    : [passed(`Policies asked: ${[...new Set(policies.map(({ name }) => name))].join(', ')}.`)];
}

const verdictWords = ({ because, elements }: PolicyVerdict): string =>
  elements === undefined ? because : `${because}; not shown are ${elements.join(', ')}`;

function reachLines(context: RequestContext, needs: readonly Need[]): readonly Line[] {
  return needs.flatMap((need) => {
    const { type, permission } = need;
    if (type === '*') return [fact('Each type that the token may search is taken with its own limits.')];
    if (!context.may(type, permission)) return [skipped(`${needWords(need)}: out of reach.`)];
    const { grants } = context.accessTo(type, permission);
    return [passed(`${needWords(need)} reaches ${grants.map(grantWords).join('; or ')}.`)];
  });
}

/** Labels and Consents are judged on each row; which of them count, and up to where, is known before. */
function withholdingLines(context: RequestContext): readonly Line[] {
  const { clearance, consent, mayBreakGlass } = myWithholding(context);
  const { purposeOfUse, fixedPurpose } = context.principal;
  const reason = purposeOfUse?.reason === undefined ? '' : `, since "${printable(purposeOfUse.reason)}"`;
  return [
    fact(
      clearance === 'V'
        ? 'The clearance is V: no confidentiality label withholds anything.'
        : `The clearance is ${clearance}: what is labelled higher is withheld.`,
    ),
    fact(`Consents are ${consent}${breaksGlass(context.principal) ? reason : ''}.`),
    ...(fixedPurpose === undefined
      ? []
      : [fact(`All requests of the client are for ${fixedPurpose}, as it is registered.`)]),
    fact(
      mayBreakGlass
        ? 'The caller may break the glass: X-Purpose-Of-Use: BTG; reason="…".'
        : 'The caller may not break the glass.',
    ),
  ];
}

function storedData({ kind }: Interaction): Step {
  const { judged, hidden } = interactionRules[kind];
  const outside = {
    'not-found': 'What is out of reach is answered 404, as if it did not exist.',
    'left-out': 'What is out of reach is left out, also of totals.',
    none: '',
  }[hidden];
  if (judged === undefined)
    return { check: 'stored-data', lines: [fact(`No stored data is judged. ${outside}`.trim())] };
  return {
    check: 'stored-data',
    lines: [fact(`The database judges ${judged}; this was not looked at here. ${outside}`.trim())],
  };
}
