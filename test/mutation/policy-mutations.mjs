const storage = 'src/fhir/storage';

/** Of policies and masks. @type {readonly import('./mutations.mjs').Mutation[]} */
export const policyMutations = [
  {
    name: 'rules of policies forgotten',
    file: `${storage}/predicate.ts`,
    find: 'const left = rules.filter((rule) => rule !== settled);',
    replace: 'const left = rules.filter((rule) => rule === settled);',
    seenBy: 'a policy that constrains',
  },
  {
    name: 'rules of policies that are chains forgotten',
    file: `${storage}/predicate.ts`,
    find: 'const left = rules.filter((rule) => rule !== settled);',
    replace: "const left = rules.filter((rule) => rule !== settled && rule.kind !== 'chain');",
    seenBy: 'a policy with a chain',
  },
  {
    name: 'rules forgotten where a search starts from a chain of its own',
    file: `${storage}/predicate.ts`,
    find: 'const left = rules.filter((rule) => rule !== settled);',
    replace: 'const left = settled ? [] : rules;',
    seenBy: 'a policy with a chain',
  },
  {
    name: 'masks: reads show everything',
    file: `${storage}/resource.repository.ts`,
    find: 'return masked(access, version);',
    replace: 'return version;',
    seenBy: 'a mask within the record',
  },
  {
    name: 'masks: old versions show everything',
    file: `${storage}/resource.repository.ts`,
    find: 'return found && masked(access, found);',
    replace: 'return found;',
    seenBy: 'a mask within the record',
  },
  {
    name: 'masks: pages, histories and includes show everything',
    file: `${storage}/resource.repository.ts`,
    find: 'rows.map((row) => masked(accessTo(row.type), row));',
    replace: 'rows.filter((row) => accessTo(row.type));',
    seenBy: 'a mask within the record',
  },
  {
    name: 'masks: narratives stay',
    file: 'src/fhir/model/mask-resource.ts',
    find: 'return markSubsetted(rest);',
    replace: 'return markSubsetted({ ...rest, ...(_text !== undefined && { text: _text }) });',
    seenBy: 'a mask within the record',
  },
  {
    name: 'masks: resources inside stay as they are',
    file: 'src/fhir/model/mask-resource.ts',
    find: "typeof value['resourceType'] === 'string' ? maskResource(value, maskOf) : maskHeld(value, maskOf)",
    replace: "typeof value['resourceType'] === 'number' ? maskResource(value, maskOf) : maskHeld(value, maskOf)",
    seenBy: 'a mask within the record',
  },
  {
    name: 'masks: searches by what is masked',
    file: 'src/fhir/interactions/read-search.ts',
    find: '  requireUnmasked(context, looked,',
    replace: '  if (search.explain) requireUnmasked(context, looked,',
    seenBy: 'a mask within the record',
  },
  {
    name: 'masks: conditions on what is masked',
    file: 'src/fhir/interactions/conditions.ts',
    find: 'requireUnmasked(context, looked, (other, code) => this.offer.find(other, code));',
    replace:
      'requireUnmasked(context, { ...looked, criteria: new Map() }, (other, code) => this.offer.find(other, code));',
    seenBy: 'lets nothing be put back that was seen in part',
  },
  {
    name: 'masks: what was seen in part is put back',
    file: 'src/scope/policies/judge-policies.ts',
    find: "if (query.permission === 'u') refusals.push",
    replace: "if (query.permission === 'u' && masks.length > 9) refusals.push",
    seenBy: 'lets nothing be put back that was seen in part',
  },
  {
    name: 'policies: values of callers are not escaped',
    file: 'src/scope/policies/placeholders.ts',
    find: "return values.map(escapeValue).join(',');",
    replace: "return values.map(encodeURIComponent).join(',');",
    seenBy: 'whose value holds what separates values stays one value',
  },
  {
    name: 'policies: a missing value counts as no policy',
    file: 'src/scope/policies/stored-policy.ts',
    find: "return deny('value-missing', `A policy limits what you see, and ${filled.why}.`);",
    replace: 'return abstain();',
    seenBy: 'nobody without the claim',
  },
];
