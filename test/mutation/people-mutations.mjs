/** What concerns a person as a whole (docs/adr/0088). */
const erasing = 'src/fhir/storage/erasing';
const marker = 'is told before, and leaves nothing in any table';

/** @type {readonly import('./mutations.mjs').Mutation[]} */
export const peopleMutations = [
  {
    name: 'purge: rows of types that the caller may not delete',
    file: 'src/fhir/operations/erasing/erasure.ts',
    find: 'if (declared.length > 0) decide',
    replace: 'if (declared.length > 99) decide',
    seenBy: 'is not enough without the right to delete every row of each type',
  },
  {
    name: 'purge: the right is declared nowhere',
    file: 'src/scope/administration/admin-rights.ts',
    find: 'if (administers(principal, area, permission)) return undefined;',
    replace: "if (area === 'Data' || administers(principal, area, permission)) return undefined;",
    seenBy: 'is missing for',
  },
  {
    name: 'purge: what another record holds goes as well',
    file: `${erasing}/erasure-plan.ts`,
    find: 'this.add(rows.filter((row) => !row.shared));',
    replace: 'this.add(rows);',
    seenBy: marker,
  },
  {
    name: 'purge: a Binary that something else points at goes as well',
    file: `${erasing}/erasure-plan.ts`,
    find: 'context !== null || elsewhere.has(id)',
    replace: 'context !== null',
    seenBy: marker,
  },
  {
    name: 'purge: a Provenance of more goes as well',
    file: `${erasing}/erasure-plan.ts`,
    find: 'targets.every((target) => this.resources.has(target))',
    replace: 'targets.length > 0',
    seenBy: marker,
  },
  {
    name: 'purge: the history stays',
    file: `${erasing}/erase-rows.ts`,
    find: 'for (const table of [historyTableOf(type), tableOf(type)])',
    replace: 'for (const table of [tableOf(type)])',
    seenBy: marker,
  },
  {
    name: 'purge: parts of contents stay',
    file: `${erasing}/erase-rows.ts`,
    find: 'DELETE FROM binary_version WHERE tenant = ${tenant} AND id',
    replace: 'DELETE FROM binary_version WHERE tenant = -1 AND tenant = ${tenant} AND id',
    seenBy: marker,
  },
  {
    name: 'purge: files of exports stay',
    file: `${erasing}/erase-rows.ts`,
    find: 'for (const id of ids) await removeAnyJob(session, id);',
    replace: 'void session;',
    seenBy: marker,
  },
  {
    name: 'merge: what is out of reach is named',
    file: 'src/fhir/operations/merging/rewrite.ts',
    find: 'if (!isHidden) throw first;',
    replace: 'if (!isHidden || isHidden) throw first;',
    seenBy: 'changes nothing, and is told nothing of it',
  },
  {
    name: 'merge: rows that may be written and not read',
    file: 'src/fhir/operations/merging/rewrite.ts',
    find: "const reading = context.accessTo(type, 'r');",
    replace: "const reading = context.accessIfAny(type, 'r');",
    seenBy: 'who may not read what it updates',
  },
  {
    name: 'merge: a preview is kept',
    file: 'src/fhir/operations/merging/rewrite.ts',
    find: 'if (isPreview) throw new PreviewOver();',
    replace: '',
    seenBy: 'are merged in one transaction, with links',
  },
  {
    name: 'merge: the undoing overwrites what was changed since',
    file: 'src/fhir/operations/merging/undo-merge.operation.ts',
    find: 'ifMatch: versionId, edit: () => content',
    replace: 'edit: () => content',
    seenBy: 'are as they were after $undo-merge',
  },
  {
    name: 'merge: any Provenance can be undone',
    file: 'src/fhir/operations/merging/undo-merge.operation.ts',
    find: 'if (!isOurs)',
    replace: 'if (codes.length > 99)',
    seenBy: 'are as they were after $undo-merge',
  },
  {
    name: 'member-match: a person alone is a member',
    file: 'src/fhir/operations/matching/member-match.operation.ts',
    find: "return (await this.search(call, 'Coverage', query)).some(isCovered);",
    replace: 'return isCovered !== undefined && query.size > 0;',
    seenBy: 'is one person with a coverage that agrees',
  },
  {
    name: 'member-match: a Consent that is over',
    file: 'src/fhir/operations/matching/member-consent.ts',
    find: 'if (!isNow(',
    replace: 'if (now === 0 && !isNow(',
    seenBy: 'holds today',
  },
  {
    name: 'member-match: sensitive data beyond the Consent',
    file: 'src/fhir/operations/matching/member-consent.ts',
    find: "return clearance === 'V' ||",
    replace: "return (clearance as string) === 'X' ||",
    seenBy: 'keeps sensitive data back',
  },
];
