/** Codes against the systems that they are said to be of (https://hl7.org/fhir/R4/datatypes.html#Coding), bound or not. */
import { isObject, type JsonObject } from '../../../json/json.js';
import { isCheapUcumCode, ucumCodeOf, ucumSystem } from '../../../search/values/canonical-unit.js';
import { canonicalText } from '../../../terminology/canonical.js';
import type { Severity } from '../../finding.js';
import { quoted } from '../../found-text.js';
import type { CompiledProfile } from '../model/element-node.js';
import type { Item } from '../model/item.js';
import type { ProfileRun, Statement } from '../profile-run.js';

/** Types whose `code` is one of their `system`. */
const coded: ReadonlySet<string> = new Set(['Coding', 'Quantity', 'Age', 'Count', 'Distance', 'Duration']);

/** Codes of one resource that are looked up; the rest is not, so that one body does not cost a thousand questions. */
const mostCodes = 1000;
const mostSystems = 100;
/** Units that were never seen; each takes up to a tenth of a millisecond. */
const mostUnits = 50;
/** More codes than this are not listed in an answer. */
const mostListed = 12;

interface Given {
  readonly system: string;
  /** Canonical of the code system, with the version if the code has one. */
  readonly name: string;
  readonly code: string;
  readonly display: unknown;
}

/** Looks the codes of one resource up. */
export class CodeCheck {
  private readonly codes = new Set<string>();
  private readonly systems = new Set<string>();
  private units = 0;

  /** `severity`: of a code that its system does not define. */
  constructor(private readonly severity: Severity) {}

  /** Checks what stands at the run's path. */
  check({ value, type }: Item, run: ProfileRun): void {
    if (!coded.has(type) || !isObject(value)) return;
    const given = givenOf(value);
    if (!given || !this.isWithinBounds(given)) return;
    const asking = {
      profile: { canonical: `http://hl7.org/fhir/StructureDefinition/${type}|4.0.1` },
      id: `${type}.code`,
    };
    const report = (statement: Statement): void =>
      run.report(asking as { profile: CompiledProfile; id: string }, statement);
    const membership = run.codes.defines(given);
    const { profile, id } = asking;
    if (membership === 'unanswered')
      run.reportUnanswered({ profile: profile as CompiledProfile, id }, this.severity, `a code of ${given.name}`);
    if (membership === 'no') report({ severity: this.severity, ...unknownCode(given, run) });
    else if (membership === 'yes') {
      const texts = run.codes.textsOf(given);
      if (isOtherText(given.display, texts)) report(otherText(given, texts));
    }
  }

  private isWithinBounds({ system, name, code }: Given): boolean {
    this.codes.add(`${name} ${code}`);
    this.systems.add(name);
    if (system === ucumSystem && !isCheapUcumCode(code)) this.units++;
    return this.codes.size <= mostCodes && this.systems.size <= mostSystems && this.units <= mostUnits;
  }
}

function givenOf({ system, version, code, display }: JsonObject): Given | undefined {
  if (typeof system !== 'string' || typeof code !== 'string') return undefined;
  return { system, name: canonicalText(system, typeof version === 'string' ? version : undefined), code, display };
}

function unknownCode({ system, name, code }: Given, run: ProfileRun): Statement {
  const found = `${quoted(code)}, which it does not define`;
  if (system === ucumSystem) {
    const meant = ucumCodeOf(code);
    const cure = meant === undefined ? counted : `Use ${meant}.`;
    return { code: 'unknown-code', expected: `a unit of ${system}`, found, cure };
  }
  const some = run.codes.codesOf(name, mostListed);
  const cure = some.length > 0 ? `Use one of its codes: ${some.join(', ')}.` : 'Use one of its codes.';
  return { code: 'unknown-code', expected: `a code of ${run.codes.systemName(name)}`, found, cure };
}

const counted = 'Use a unit of UCUM, such as mg or [drp]; what is counted stands as a word in braces: {tablet}.';

const otherText = ({ code, display }: Given, texts: readonly string[]): Statement => ({
  code: 'wrong-display',
  severity: 'warning',
  expected: `a text that its system has for ${code}`,
  found: quoted(display as string),
  cure: `Use ${texts.slice(0, 3).map(quoted).join(' or ')}, or leave display out.`,
});

const isOtherText = (display: unknown, texts: readonly string[]): boolean =>
  typeof display === 'string' && texts.length > 0 && !texts.some((text) => folded(text) === folded(display));

/** Case and blanks are no other text. */
const folded = (text: string): string => text.trim().replaceAll(/\s+/g, ' ').toLowerCase();
