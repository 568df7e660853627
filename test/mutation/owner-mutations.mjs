/** Of what a caller limited to one record may write (docs/adr/0041). */
const predicate = 'src/fhir/storage/predicates/owner-predicate.ts';

/** @type {readonly import('./mutations.mjs').Mutation[]} */
export const ownerMutations = [
  {
    name: 'owner: whoever is named in any element may write',
    file: 'src/scope/scope-grants.ts',
    find: 'const element = isReading(permission) ? undefined : ownerElement(type);',
    replace: 'const element = isReading(permission) || type.length > 0 ? undefined : ownerElement(type);',
    seenBy: 'an allergy of p2 that p1 recorded',
  },
  {
    name: 'owner: one own patient among several is enough',
    file: predicate,
    find: 'WHERE ${isForeign}))`',
    replace: 'WHERE ${isForeign} LIMIT 1 OFFSET 1))`',
    seenBy: 'an account of both',
  },
  {
    name: 'owner: what is no literal reference names nobody',
    file: predicate,
    find: "`(${isOwn('named.literal')}) IS NOT TRUE",
    replace: "`(${isOwn('named.literal')}) IS FALSE AND named.literal IS NOT NULL",
    seenBy: 'does not name its patient by a reference',
  },
  {
    name: 'owner: other participants may be patients',
    file: predicate,
    find: "ELSE named.literal IS NOT NULL OR ${value} -> 'identifier' IS NOT NULL END`",
    replace: 'ELSE false END`',
    seenBy: 'names no participant by a reference',
  },
  {
    name: "owner: deleted resources are anybody's",
    file: predicate,
    find: '`CASE WHEN ${row}.deleted THEN (SELECT',
    replace: "`CASE WHEN ${row}.deleted THEN '{}' WHEN false THEN (SELECT",
    seenBy: 'is not taken over once it is deleted',
  },
  {
    name: 'owner: a Provenance of something else as well',
    file: predicate,
    find: "const isOwn = type === 'Provenance' ? pointsIntoRecord : isOfRecord;",
    replace: "if (type === 'Provenance') return 'true';\n  const isOwn = isOfRecord;",
    seenBy: 'is not a provenance or content of p2',
  },
  {
    name: 'owner: what others own and the own patient recorded is pointed at',
    file: predicate,
    find: "AND ${isOwned('own', scope)})`",
    replace: 'AND true)`',
    seenBy: 'is not a provenance or content of p2',
  },
  {
    name: 'owner: a Binary that documents of others hold',
    file: predicate,
    find: '...foreignPointers(row, scope)',
    replace: '...foreignPointers(row, scope).slice(9)',
    seenBy: 'is no content to replace: a Binary',
  },
];
