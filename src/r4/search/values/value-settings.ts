/** Settings that give the values of searches and resources their meaning. */
export interface ValueSettings {
  /** FHIR base URL without trailing slash: references on it are local. */
  readonly base: string;
  /** IANA name: of dates and times that are written without a zone. */
  readonly timeZone: string;
  /** The type that is searched: what an id can refer to depends on it. */
  readonly type?: string;
}
