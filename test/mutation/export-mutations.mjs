/** What an export hands out, and to whom (docs/adr/0078). */
const plan = 'src/fhir/storage/exporting/plan-chunks.ts';
const member = 'compartment: a member';

/** @type {readonly import('./mutations.mjs').Mutation[]} */
export const exportMutations = [
  {
    name: 'export: rows without the predicate of a search',
    file: plan,
    find: "const judged = [accessPredicate(searched, 'r', parameters, { linksFrom })];",
    replace: "const judged = ['true'];",
    seenBy: 'gets the types and rows within reach',
  },
  {
    name: 'export: rows without any predicate',
    file: plan,
    find: '    ...judged,\n',
    replace: '',
    seenBy: member,
  },
  {
    name: 'export: rows without the predicate of a read',
    file: plan,
    find: 'if (!read.unrestricted) judged.push(',
    replace: 'if (read === undefined) judged.push(',
    seenBy: 'gets the types and rows within reach',
  },
  {
    name: 'export: rows of every tenant',
    file: plan,
    find: '`r.tenant = ${tenant}`,',
    replace: "'true',",
    seenBy: 'another tenant, for a caller',
  },
  {
    name: 'export: resources are not masked',
    file: 'src/fhir/operations/exporting/export-lines.ts',
    find: 'const { body } = masked(access, row);',
    replace: 'const { body } = { ...masked(access, row), body: row.body };',
    seenBy: 'a mask within the record',
  },
  {
    name: 'export: lines of the database go out whatever is masked',
    file: 'src/fhir/operations/exporting/export-writer.ts',
    find: '[...resourceTypes].every((type) => context.masksOf(type).length === 0)',
    replace: '[...resourceTypes].every((type) => context.masksOf(type).length >= 0)',
    seenBy: 'is handed out none of them',
  },
  {
    name: 'export: files are for everybody',
    file: 'src/fhir/storage/jobs/job-files.ts',
    find: 'AND f.file = $2::integer AND j.caller = $3::text',
    replace: 'AND f.file = $2::integer AND $3::text IS NOT NULL',
    seenBy: 'is alone in knowing of it',
  },
  {
    name: 'export: what was planned under one access is handed out under another',
    file: 'src/fhir/operations/exporting/export-access.ts',
    find: "if (fingerprintOfTypes(context, type.split(',')) === fingerprint) return;",
    replace: "if (fingerprintOfTypes(context, type.split(',')) !== undefined || fingerprint) return;",
    seenBy: 'whose access changes',
  },
  {
    name: 'export by patient: files of several types are under no access',
    file: 'src/fhir/operations/exporting/export-access.ts',
    find: "if (fingerprintOfTypes(context, type.split(',')) === fingerprint) return;",
    replace: "if (type.includes(',') || fingerprintOfTypes(context, type.split(',')) === fingerprint) return;",
    seenBy: 'gets no file once the access to one of its types has changed',
  },
  {
    name: 'export by patient: headers name who is out of reach',
    file: 'src/fhir/storage/exporting/organize-chunks.ts',
    find: '`JOIN heads AS h ON h.patient = own.patient`',
    replace: '`CROSS JOIN LATERAL (SELECT own.patient) AS h`',
    seenBy: 'has to reach Patients, and no header names another one',
  },
  {
    name: 'export by patient: a Group brings headers of strangers',
    file: 'src/fhir/operations/exporting/patient-blocks.ts',
    find: '      records,\n    } as const',
    replace: '    } as const',
    seenBy: 'names the patients of a Group only',
  },
  {
    name: 'export by patient: what is masked is told by the block',
    file: 'src/fhir/operations/exporting/patient-blocks.ts',
    find: 'if (first) throw new Refused([first, ...others]);',
    replace: 'void [first, others];',
    seenBy: 'is refused where it is masked whose record',
  },
  {
    name: 'export by patient: files stay when a record is erased',
    file: 'src/fhir/storage/erasing/erase-rows.ts',
    find: "(string_to_array(f.type, ',') && $1::text[]",
    replace: '(f.type = ANY ($1::text[])',
    seenBy: 'is removed with its files when a record that it has is erased',
  },
  {
    name: 'export: users export',
    file: 'src/scope/explain/machines-only.ts',
    find: 'if (rules.usersMayExport) return [];',
    replace: 'if (!rules.usersMayExport) return [];',
    seenBy: 'is a machine, and others are told why not',
  },
  {
    name: 'export: a Group brings other Groups',
    file: 'src/fhir/operations/exporting/export-planner.ts',
    find: '{ ids: members.groups.slice(0, 1) }',
    replace: '{}',
    seenBy: 'and no other Group',
  },
  {
    name: 'export: a Group brings records of who is no member any more',
    file: 'src/fhir/operations/exporting/group-members.ts',
    find: "member['inactive'] === true || isOver(member['period'])",
    replace: 'false',
    seenBy: 'and no other Group',
  },
];
