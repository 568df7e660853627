/** Operations on data (docs/adr/0081). */
const everything = 'src/fhir/operations/everything';

/** @type {readonly import('./mutations.mjs').Mutation[]} */
export const dataMutations = [
  {
    name: 'everything: rows of every record',
    file: `${everything}/record-rows.ts`,
    find: "values: [{ kind: 'record', patient }]",
    replace: "values: [{ kind: 'record', patient }, { kind: 'record', patient: 'Patient/p2' }]",
    seenBy: 'comes with the patient first',
  },
  {
    name: 'everything: rows that a read does not show',
    file: 'src/fhir/interactions/search/readable-rows.ts',
    find: 'return rows.filter((row) => !hidden.has(keyOf(row)));',
    replace: 'return rows;',
    seenBy: 'has no rows that a search finds and a read does not show',
  },
  {
    name: 'everything: a masked element leads into a record',
    file: `${everything}/record-rows.ts`,
    find: 'if (this.context.masksOf(type).length > 0) this',
    replace: 'if (this.context.masksOf(type).length > 99) this',
    seenBy: 'is no way around a mask',
  },
  {
    name: 'lastn: codes that are masked are told by what comes',
    file: 'src/fhir/operations/data/lastn.operation.ts',
    find: "if (context.masksOf('Observation').length > 0)",
    replace: "if (context.masksOf('Observation').length > 99)",
    seenBy: 'tells nothing of codes that are masked',
  },
  {
    name: 'lastn: rows that a read does not show',
    file: 'src/fhir/operations/data/lastn.operation.ts',
    find: 'const rows = await readableRows(context, this.resources, page.rows);',
    replace: 'const { rows } = page;',
    seenBy: 'is within the reach of a search and of a read',
  },
  {
    name: 'counts: rows of everybody',
    file: 'src/fhir/storage/searching/search-groups.ts',
    find: '    judge(group, parameters, accessTo),\n',
    replace: "    group.typeOfWalk !== undefined && columns === '1' ? 'true' : judge(group, parameters, accessTo),\n",
    seenBy: 'counts what the token can find',
  },
  {
    name: 'diff: resources of two types are compared',
    file: 'src/fhir/operations/data/diff.operation.ts',
    find: 'if (other)',
    replace: 'if (other && type !== undefined)',
    seenBy: 'does not tell what is masked or out of reach',
  },
  {
    name: 'document: what its reader cannot read is left out',
    file: 'src/fhir/operations/documents/document-rows.ts',
    find: 'if (missing.length > 0) throw',
    replace: 'if (missing.length > 99) throw',
    seenBy: 'is not made by halves',
  },
  {
    name: 'document: it is stored by a GET',
    file: 'src/fhir/operations/operation-runner.ts',
    find: "query.get(affectsStateBy) === 'true'",
    replace: "query.get(affectsStateBy) === 'never'",
    seenBy: 'is stored by POST, for who may create a Bundle',
  },
  {
    name: 'match: rows that a read does not show',
    file: 'src/fhir/interactions/search/search-rows.ts',
    find: 'await readableRows(context, means.resources, page.rows)',
    replace: 'page.rows',
    times: 2,
    seenBy: 'grades the patients within reach',
  },
  {
    name: 'everything: page links open under any access',
    file: `${everything}/everything.operation.ts`,
    find: "access: fingerprintOf(walk.types.flatMap((one) => [context.accessTo(one, 's'), context.accessTo(one, 'r')])),",
    replace: "access: '',",
    seenBy: 'unknown records, foreign page links',
  },
  {
    name: 'everything: the record is not read first',
    file: `${everything}/everything.operation.ts`,
    find: '    await records.read(type!, id);\n',
    replace: '',
    seenBy: 'unknown records, foreign page links',
  },
];
