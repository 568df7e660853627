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
