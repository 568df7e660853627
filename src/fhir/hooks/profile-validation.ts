import { Inject, Injectable, Optional } from '@nestjs/common';
import { callPart } from '../../observability/call-part.js';
import { type Issue, TemporarilyUnavailable } from '../../r4/errors/fhir-error.js';
import { isObject, type JsonObject } from '../../r4/json/json.js';
import { PROFILE_VALIDATOR, type ProfileFinding, type ProfileValidator } from './profile-validator.js';

/** 503: nobody knows whether the content fits its profiles, so it is not written. */
export class ProfilesUnchecked extends TemporarilyUnavailable {
  constructor(name: string) {
    super(
      5,
      `The validator ${name} checks what is written here, and it does not answer as it should right now, so nothing was written. ` +
        'Send the request again after the time in Retry-After.',
    );
  }
}

const none: readonly Issue[] = [];
const mostFindings = 500;
const longestText = 2000;
const severities: ReadonlySet<unknown> = new Set(['error', 'warning', 'information']);

/** Asks the validator of the application, if it has one. */
@Injectable()
export class ProfileValidation {
  constructor(@Optional() @Inject(PROFILE_VALIDATOR) private readonly validator?: ProfileValidator) {}

  /** False without a validator: profiles are not checked. */
  get isThere(): boolean {
    return this.validator !== undefined;
  }

  /** Issues of a resource that R4 permits; throws {@link ProfilesUnchecked}. */
  async issues(resource: JsonObject, asked: readonly string[] = []): Promise<readonly Issue[]> {
    const { validator } = this;
    if (!validator) return none;
    const { name, timeout } = validator;
    const profiles = [...new Set([...profilesOf(resource), ...asked])];
    try {
      const called = { part: `PROFILE_VALIDATOR ${name}`, timeout };
      // A copy, so that it changes nothing of what is written.
      return await callPart(called, () => validator.validate(structuredClone(resource), profiles), issuesOf);
    } catch {
      throw new ProfilesUnchecked(name);
    }
  }
}

function profilesOf({ meta }: JsonObject): readonly string[] {
  const profiles = isObject(meta) ? meta['profile'] : undefined;
  return Array.isArray(profiles) ? profiles.filter((one): one is string => typeof one === 'string') : [];
}

function issuesOf(findings: readonly ProfileFinding[]): readonly Issue[] {
  if (!Array.isArray(findings)) throw new Error('findings are no list');
  return findings.slice(0, mostFindings).map(issueOf);
}

function issueOf({ severity, text, expression, code = 'invariant' }: ProfileFinding): Issue {
  if (!severities.has(severity)) throw new Error('a finding has no severity that there is');
  if (typeof text !== 'string' || text === '') throw new Error('a finding says nothing');
  const isPlaced = typeof expression === 'string' && /^[\w.[\]]{1,500}$/.test(expression);
  if (!/^[a-z-]{1,30}$/.test(code)) throw new Error('a finding has no code of an issue');
  return {
    severity,
    code,
    details: { text: text.replaceAll(/[^\P{C}\n]/gu, ' ').slice(0, longestText) },
    ...(isPlaced && { expression: [expression] }),
  };
}
