import type { JsonObject } from '../../r4/json/json.js';
import type { Requirement } from './requirements.js';

/** Requirements of servers in a CapabilityStatement of kind `requirements`. */
export interface ServerRequirements {
  /** Its canonical URL, which a server that meets it instantiates. */
  readonly url: string;
  readonly requirements: readonly Requirement[];
  /** By resource type. */
  readonly profiles: ReadonlyMap<string, readonly string[]>;
}

/** An implementation guide, as far as this server goes by it (https://hl7.org/fhir/R4/implementationguide.html). */
export interface Guide {
  /** Name and version of its package: `hl7.fhir.us.core@6.1.0`. */
  readonly id: string;
  /** Canonical of its ImplementationGuide, with the version. */
  readonly canonical: string | undefined;
  readonly servers: readonly ServerRequirements[];
  readonly searchParameters: readonly JsonObject[];
}

/** The guides that this server is set up for. */
export class Guides {
  readonly all: Guide[] = [];

  add(...guides: readonly Guide[]): void {
    this.all.push(...guides);
  }
}
