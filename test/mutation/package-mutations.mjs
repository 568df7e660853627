/** Of packages: whose they are, who brings them in, and that nobody else changes what they brought (docs/adr/0076). */
const rows = 'src/fhir/storage/packages/package-rows.ts';
const same = 'are the same, byte for byte';

/** @type {readonly import('./mutations.mjs').Mutation[]} */
export const packageMutations = [
  {
    name: 'packages: those of any tenant',
    file: rows,
    find: 'FROM package WHERE tenant = ${tenant} ORDER BY',
    replace: 'FROM package WHERE tenant <> 0 * ${tenant} ORDER BY',
    seenBy: same,
  },
  {
    name: 'packages: their definitions change like any resource',
    file: 'src/fhir/storage/writing/write-changes.ts',
    find: '  await refusePackaged(session, plans);\n',
    replace: '',
    seenBy: 'stay as they are, whoever writes',
  },
  {
    name: 'packages: their definitions are looked for before the caller is judged',
    file: 'src/fhir/storage/writing/write-changes.ts',
    find: 'const plans = await planChanges(session, changes, {',
    replace:
      'await refusePackaged(session, changes.map((change, index) => ({ index, change }) as never));\n  const plans = await planChanges(session, changes, {',
    seenBy: 'answer whom they are hidden from as if there were none',
  },
  {
    name: 'packages: whoever has a token installs them',
    file: 'src/app/packages/packages.controller.ts',
    find: '@UseGuards(AdministratorGuard)\n',
    replace: '',
    seenBy: 'are brought in by administrators alone',
  },
  {
    name: 'packages: a plan names resources to whoever may plan',
    file: 'src/app/packages/packages.controller.ts',
    find: "context.may(type, 'r') && (await this.resources.find(context.accessTo(type, 'r'), id)) !== undefined",
    replace: 'context !== undefined && id !== type',
    seenBy: 'name a resource to those alone who may read it',
  },
  {
    name: 'packages: a plan names resources of a type to whoever may read some of it',
    file: 'src/app/packages/packages.controller.ts',
    find: "context.may(type, 'r') && (await this.resources.find(context.accessTo(type, 'r'), id)) !== undefined",
    replace: "context.may(type, 'r') && id !== type",
    seenBy: 'name a resource to those alone who may read it',
  },
  {
    name: 'packages: a plan tells what was found',
    file: 'src/fhir/packages/judge-stored.ts',
    find: '({ code, expression, asked }) => ({ code, expression, asked })',
    replace: '(one) => one',
    seenBy: 'tell no value of a resource, whoever asks',
  },
  {
    name: 'packages: a plan tells the versions that are claimed',
    file: 'src/fhir/packages/resource-verdicts.ts',
    find: 'claims.filter((one) => this.profiles.has(one))',
    replace: 'claims',
    seenBy: 'tell no value of a resource, whoever asks',
  },
  {
    name: 'packages: a plan judges resources of any tenant',
    file: 'src/fhir/storage/packages/claiming-rows.ts',
    find: '`r.tenant = ${tenant} AND r.type',
    replace: '`r.tenant <> 0 * ${tenant} AND r.type',
    seenBy: 'plans of packages judge resources of their own tenant',
  },
  {
    name: 'packages: a client stores what goes before them',
    file: 'src/fhir/storage/searching/canonical-statement.ts',
    find: 'ORDER BY d.id IS NULL, ',
    replace: 'ORDER BY ',
    seenBy: 'go before what clients store under their canonicals',
  },
  {
    name: 'terminology: a CodeSystem with an id like those of loads leads to the concepts of one',
    file: 'src/fhir/storage/concepts/load-rows.ts',
    find: '${columns} FROM terminology_load WHERE tenant = ${tenant} AND id = $1::text',
    replace: '${columns} FROM terminology_load WHERE tenant = ${tenant} AND id >= $1::text',
    seenBy: 'a CodeSystem of the same form that a client stores leads to no concepts',
  },
  {
    name: 'terminology: concepts of any load come with a CodeSystem',
    file: 'src/fhir/storage/concepts/foreseen-concepts.ts',
    find: 'AND l.id = hit.id',
    replace: 'AND l.id IS NOT NULL',
    seenBy: 'a code of a version that is hidden is none of the one that may be read',
  },
  {
    name: 'terminology: a known release answers whoever may read some definitions',
    file: 'src/fhir/interactions/terminology/shelf.ts',
    find: " || !context.accessTo(type, 'r').unrestricted) return",
    replace: ') return',
    seenBy: 'answers who may read its CodeSystem, and others as if there were none',
  },
  {
    name: 'terminology: other servers answer whoever may read some definitions',
    file: 'src/fhir/interactions/terminology/terminology.ts',
    find: "this.servers.isThere && context.may(type, 'r') && context.accessTo(type, 'r').isOpen;",
    replace: "this.servers.isThere && context.may('ValueSet', 'r');",
    seenBy: 'other servers answer nobody who may read only some definitions',
  },
  {
    name: 'terminology: a code passes while the server that knows it is away',
    file: 'src/fhir/operations/terminology/validate-code.operation.ts',
    find: "const issue = { severity: 'error', code: 'not-found'",
    replace: "const issue = { severity: 'warning', code: 'not-found'",
    seenBy: 'the setting may let $validate-code say so, and never lets a code pass',
  },
  {
    name: 'terminology: whoever has a token asks',
    file: 'src/fhir/operations/terminology/validate-code.operation.ts',
    find: "access: [{ permission: 'r' }],",
    replace: "access: 'any-token',",
    seenBy: 'needs the right to read its type, and a token',
  },
  {
    name: 'terminology: a definition by its id is anybody’s',
    file: 'src/fhir/interactions/terminology/shelf.ts',
    find: 'if (missing.length > 0 && context.may(type, ',
    replace: 'if (missing.length > 0 && !context.may(`${type}x`, ',
    seenBy: 'opens no code system that may not',
  },
];
