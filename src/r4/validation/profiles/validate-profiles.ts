/** Validation against profiles (https://hl7.org/fhir/R4/validation.html#content): what a guide asks beyond R4 itself. */
import { listOf } from '../../json/items.js';
import { isObject, type JsonObject } from '../../json/json.js';
import { Turns } from '../../json/turns.js';
import { supertypes } from '../../model/elements.js';
import { isResourceType } from '../../model/resource-types.js';
import type { FarTerminology } from '../../terminology/far-terminology.js';
import type { Severity } from '../finding.js';
import { CodeCheck } from './checks/check-code.js';
import { checkNode } from './checks/check-node.js';
import type { DefinitionSource } from '../../model/definition-source.js';
import type { CompiledProfile, ElementNode } from './model/element-node.js';
import type { Item } from './model/item.js';
import { DefinitionStore, type KnownDefinitions } from './definitions/known-definitions.js';
import type { ProfileRuleFinding } from './profile-finding.js';
import { ProfileRun } from './profile-run.js';
import { ResourceWalk } from './walk-resource.js';

/** Profiles to check beside the claims of `meta.profile`. */
export interface ProfileOptions {
  /** Profiles that the resource has to meet; one that is not known is an error. */
  readonly profiles?: readonly string[];
  /** Profiles that each resource of a type has to meet, those in Bundles too. */
  readonly byType?: ReadonlyMap<string, readonly string[]>;
  /** Severity of a claim whose profile is not known; a warning when absent. */
  readonly unknownClaims?: Severity;
  /** Severity of a code that its code system, whose codes are all at hand, does not define; a warning when absent. */
  readonly unknownCodes?: Severity;
  /** Asked about value sets and codes that are not here; none when absent. */
  readonly servers?: FarTerminology;
}

/** More claims than this are not read. */
const mostClaims = 100;
const mostRounds = 3;

/** Checks resources against profiles and the definitions of their extensions; profiles are compiled when first used. */
export class ProfileRules {
  private readonly definitions: DefinitionStore;

  constructor(source: DefinitionSource) {
    this.definitions = new DefinitionStore(source);
  }

  /** Findings in the order of the elements. The resource may be any JSON object; what R4 itself asks is another check. */
  async validate(resource: JsonObject, options: ProfileOptions = {}): Promise<readonly ProfileRuleFinding[]> {
    for (let round = 1; ; round++) {
      const run = await this.definitions.settle(
        (definitions) => runOnce(resource, options, definitions),
        options.servers,
      );
      if (!run.isHurried || round === mostRounds) return distinct([...run.findings, ...run.unchecked]);
      // The machine may have been busy: others first, then once more.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

/** Others get their turn between the elements of the resource. */
async function runOnce(
  resource: JsonObject,
  options: ProfileOptions,
  definitions: KnownDefinitions,
): Promise<ProfileRun> {
  const run = new ProfileRun(definitions, checkNode);
  const { resourceType } = resource;
  if (typeof resourceType !== 'string' || !isResourceType(resourceType)) return run;
  run.path.push(resourceType);
  const visit = (item: Item): void => checkResource(item, { options, isAsked: item.value === resource }, run);
  const walk = new ResourceWalk(run, visit, new CodeCheck(options.unknownCodes ?? 'warning'));
  const turns = new Turns();
  const steps = walk.steps(resource);
  while (steps.next().done !== true) if (turns.isOver) await turns.next();
  if (run.isSpent) reportSpent(run);
  return run;
}

interface Asking {
  readonly options: ProfileOptions;
  /** It is the resource that was sent, and none in it. */
  readonly isAsked: boolean;
}

function checkResource(item: Item, { options, isAsked }: Asking, run: ProfileRun): void {
  const resource = item.value as JsonObject;
  const asked = [...(isAsked ? (options.profiles ?? []) : []), ...(options.byType?.get(item.type) ?? [])];
  for (const canonical of new Set(asked)) checkProfile(canonical, item, 'error', run);
  for (const [at, claim] of claimsOf(resource).entries()) {
    if (!asked.includes(claim)) checkClaim(claim, at, { item, severity: options.unknownClaims ?? 'warning' }, run);
  }
}

function claimsOf({ meta }: JsonObject): readonly string[] {
  const claims = isObject(meta) ? listOf(meta['profile']) : [];
  return claims.filter((one): one is string => typeof one === 'string').slice(0, mostClaims);
}

function checkClaim(
  claim: string,
  at: number,
  { item, severity }: { item: Item; severity: Severity },
  run: ProfileRun,
): void {
  if (isThere(claim, run)) checkProfile(claim, item, severity, run);
  else run.at(['meta', 'profile', at], () => checkProfile(claim, item, severity, run));
}

const isThere = (canonical: string, run: ProfileRun): boolean => run.profile(canonical).kind === 'compiled';

function checkProfile(canonical: string, item: Item, ifUnknown: Severity, run: ProfileRun): void {
  const found = run.profile(canonical);
  if (found.kind === 'unknown') return reportUnknown(canonical, ifUnknown, run);
  if (found.kind === 'broken') return reportBroken(canonical, found.fact, ifUnknown, run);
  const { profile } = found;
  if (!supertypes(item.type).includes(profile.type)) return reportWrong(profile, item.type, run);
  if (profile.isConstraint) checkNode(profile.root, item, run);
}

/** For what no compiled profile says. */
const named = (canonical: string): Pick<ElementNode, 'profile' | 'id'> => ({
  profile: { canonical } as CompiledProfile,
  id: '',
});

const reportUnknown = (canonical: string, severity: Severity, run: ProfileRun): void =>
  run.report(named(canonical), {
    code: 'unknown-profile',
    severity,
    expected: 'a profile that is installed',
    found: `${canonical}, which is not, so nothing was checked against it`,
    cure: 'Install the package that has it, or name another version.',
  });

const reportBroken = (canonical: string, fact: string, severity: Severity, run: ProfileRun): void =>
  run.report(named(canonical), {
    code: 'broken-profile',
    severity,
    expected: 'a profile that can be checked',
    found: `${canonical}, which cannot: ${fact}`,
    cure: 'The package is to be corrected.',
  });

const reportWrong = ({ root, type, url }: CompiledProfile, found: string, run: ProfileRun): void =>
  run.report(root, {
    code: 'wrong-profile',
    expected: `a resource of type ${type}, which ${url} is about`,
    found,
    cure: 'Take the profile off, or name one for this type.',
  });

const reportSpent = (run: ProfileRun): void =>
  run.report(named('http://hl7.org/fhir/StructureDefinition/Resource'), {
    code: 'too-costly',
    severity: 'error',
    expected: 'a resource that can be checked in a moment',
    found: 'one of which only a part was checked against its profiles',
    cure: 'Send it in smaller parts.',
  });

/** Several profiles ask the same. */
function distinct(findings: readonly ProfileRuleFinding[]): readonly ProfileRuleFinding[] {
  return [
    ...new Map(
      findings.map((one) => [`${one.severity} ${one.code} ${one.expression} ${one.expected} ${one.found}`, one]),
    ).values(),
  ];
}
