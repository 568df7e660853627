const questions = 'src/oauth2/clients/admin/access-questions.ts';
const answers = 'src/oauth2/clients/admin/access-answers.ts';
const tokens = 'src/oauth2/clients/admin/foreseen-tokens.ts';
const sight = 'src/fhir/operations/sight/record-sight.ts';
const sameWhateverIsHidden = 'is the same whatever is hidden from the administrator';
const counts = 'what a user would be shown of a patient';

/** Questions about the access of others (docs/adr/0140). @type {readonly import('./mutations.mjs').Mutation[]} */
export const accessQuestionMutations = [
  {
    name: 'questions: without the rights to what answers are made of',
    file: questions,
    find: 'if (first) throw new Refused([first, ...others]);',
    replace: 'if (first && others.length > 9) throw new Refused([first, ...others]);',
    seenBy: 'is missing, whether there is such a user or not',
  },
  {
    name: 'questions: about patients without the right to audit',
    file: questions,
    find: "[...areasOf(asked), 'Audit']",
    replace: 'areasOf(asked)',
    seenBy: 'is missing, whether there is such a user or not',
  },
  {
    name: 'questions: not audited',
    file: questions,
    find: "noteForAudit(request, { ...note, outcome: '4' });",
    replace: 'if (patient === undefined) return answer();',
    seenBy: 'names who asked, about which user and which patient',
  },
  {
    name: 'questions: a patient whom the user may not see is in context',
    file: answers,
    find: 'asked.user !== undefined && (await this.visibility.maySee(asked.user, patient))',
    replace: 'asked.user !== undefined',
    seenBy: 'by an app is that of the patient in context',
  },
  {
    name: 'questions: an app beyond its registration',
    file: tokens,
    find: 'offeredScopes(wanted, client, account)',
    replace: 'offeredScopes(wanted, { scopes: wanted }, account)',
    seenBy: 'tells scopes that the client or the user has not',
  },
  {
    name: 'questions: tokens of users who are disabled',
    file: tokens,
    find: 'if (account.disabledAt !== null)',
    replace: 'if (account.disabledAt?.getTime() === 0)',
    seenBy: 'in words for users and clients that there are not',
  },
  {
    name: 'sight: rows that are hidden from the administrator',
    file: sight,
    find: 'await this.rowsOf(viewer, patient, type,',
    replace: 'await this.rowsOf(rungs.at(-1)!.context, patient, type,',
    seenBy: sameWhateverIsHidden,
  },
  {
    name: 'sight: of a patient who is hidden from the administrator',
    file: sight,
    find: 'await this.requireSeen(viewer, patient);',
    replace: '',
    seenBy: 'of a patient who is hidden from the administrator',
  },
  {
    name: 'sight: what the administrator is shown for what the user is shown',
    file: sight,
    find: '{ context: await contextOf(user) }',
    replace: '{ context: viewer }',
    seenBy: counts,
  },
  {
    name: 'sight: a user without limits',
    file: sight,
    find: '{ context: await contextOf(user) }',
    replace: '{ context: await contextOf(cleared) }',
    seenBy: counts,
  },
  {
    name: 'sight: Consents told to who may not search them',
    file: sight,
    find: "const knowsConsents = viewer.may('Consent', 's');",
    replace: 'const knowsConsents = true;',
    seenBy: 'tells Consents apart from labels only to who may search Consents',
  },
  {
    name: 'sight: without a bound',
    file: sight,
    find: 'Math.min(left, mostOfType)',
    replace: 'left',
    seenBy: 'looks at so many rows of a type, and says so',
  },
];
