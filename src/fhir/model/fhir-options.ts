/** Injection token of {@link FhirOptions}. */
export const FHIR_OPTIONS = Symbol('FHIR_OPTIONS');

/** What FhirModule needs to know of the server it runs in. */
export interface FhirOptions {
  /** FHIR base URL without trailing slash, such as `https://host/fhir/r4`. */
  readonly base: string;
  /** Path of the base as requests carry it, such as `/fhir/r4`. */
  readonly basePath: string;
  /** Bytes. */
  readonly bodyLimit: number;
  /** Bytes, for `POST` of a Bundle to the base. */
  readonly bundleLimit: number;
  readonly searchCountDefault: number;
  readonly searchCountMax: number;
  /** Seals page links; generated and kept in the database when absent. */
  readonly cursorSecret?: string;
  /** The page of reasons and cures. */
  readonly docsUrl: string;
  /** RFC 9728 document of this resource server. */
  readonly resourceMetadataUrl: string;
  /** Requests that a trusted proxy forwards from http are refused. */
  readonly requireTls: boolean;
  /** Origins beside those of open documents that browsers may call from. */
  readonly corsOrigins: readonly string[];
}
