/**
 * Phrases of entities of AuditEvents, as JSON, by the character that is stored for them; JSON has none of these. What is stored
 * depends on them, and `lanyard_event_entities` has the same: none ever changes, and a new one comes with a new character.
 */
const types = 'http://terminology.hl7.org/CodeSystem/audit-entity-type';
const roles = 'http://terminology.hl7.org/CodeSystem/object-role';
const object = `"type":{"system":"${types}","code":"2","display":"System Object"}`;

/** Longer ones before those that they begin with. */
const phrases: readonly (readonly [character: string, phrase: string])[] = [
  ['\u0001', '{"what":{"reference":"Patient/'],
  [
    '\u0002',
    `"},"type":{"system":"${types}","code":"1","display":"Person"},"role":{"system":"${roles}","code":"1","display":"Patient"}}`,
  ],
  [
    '\u0003',
    `"},${object},"role":{"system":"${roles}","code":"4","display":"Domain Resource"},"detail":[{"type":"use","valueString":"`,
  ],
  ['\u0004', '"},{"type":"patient","valueString":"Patient/'],
  ['\u0005', '"}]}'],
  ['\u0006', `{${object},"role":{"system":"${roles}","code":"24","display":"Query"},"query":"`],
  ['\u0007', `{${object},"role":{"system":"${roles}","code":"13","display":"Security Resource"},"name":"`],
  ['\u0008', '{"what":{"identifier":{"value":"'],
  [
    '\u000e',
    '"}},"type":{"system":"https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType","code":"XrequestId"}}',
  ],
  ['\u000f', '{"what":{"reference":"'],
  ['\u0010', '/_history/'],
];

/** The JSON of entities with characters instead of phrases; `lanyard_event_entities` makes the JSON of it again. */
export const shortened = (entities: string): string =>
  phrases.reduce((text, [character, phrase]) => text.replaceAll(phrase, character), entities);

const phraseOf = new Map(phrases);
// oxlint-disable-next-line no-control-regex -- JSON has none of them
const characters = /[\u0001-\u0008\u000e-\u0010]/g;

/** The inverse of {@link shortened}; the database has it as `lanyard_event_entities`. */
export const lengthened = (text: string): string =>
  text.replaceAll(characters, (character) => phraseOf.get(character)!);
