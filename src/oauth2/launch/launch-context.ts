import type { JsonObject } from '../../r4/json/json.js';

/** Launch context in the token response, next to the token (SMART App Launch 2.2, "Scopes and Launch Context"). */
export interface LaunchContext {
  /** Ids of resources of this server. */
  readonly patient?: string;
  readonly encounter?: string;
  readonly fhirContext?: readonly JsonObject[];
  readonly intent?: string;
  readonly needPatientBanner?: boolean;
  readonly smartStyleUrl?: string;
  readonly tenant?: string;
}

/** A prepared EHR launch: one use, by this user and this client. */
export interface Launch {
  readonly clientId: string;
  /** Name of the local account (`sub`). */
  readonly user: string;
  readonly context: LaunchContext;
}

export abstract class Launches {
  /** Stores a launch and returns its `launch` value: opaque, one use, short-lived. */
  abstract create(launch: Launch): Promise<string>;
  /** The launch, not used up yet: undefined when unknown, expired, used, or of another client. */
  abstract find(value: string, clientId: string): Promise<Launch | undefined>;
  /** Uses the value up; false when somebody was faster. Atomic across replicas. */
  abstract consume(value: string): Promise<boolean>;
}
