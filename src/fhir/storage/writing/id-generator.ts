/** Injection token of the {@link IdGenerator} of an application; without one, ids are UUIDs of version 7 (RFC 9562). */
export const ID_GENERATOR = Symbol('ID_GENERATOR');

/** Makes the ids of resources that are created without an id of the client's (docs/adr/0072). */
export interface IdGenerator {
  /** For the log. */
  readonly name: string;
  /**
   * An id for a new resource of the type: 1 to 64 of `A-Z a-z 0-9 - .` (https://hl7.org/fhir/R4/datatypes.html#id), never given
   * before by any server on the database. At once, without a promise: each create waits for it.
   */
  newId(type: string): string;
}
