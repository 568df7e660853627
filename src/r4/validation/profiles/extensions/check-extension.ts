/** Extensions against their own definitions (https://hl7.org/fhir/R4/extensibility.html). */
import { isObject, type JsonObject } from '../../../json/json.js';
import { quoted } from '../../found-text.js';
import { copiesOf } from '../../invariants/engine.js';
import { judge } from '../checks/check-invariants.js';
import { checkNode } from '../checks/check-node.js';
import type { CompiledProfile } from '../model/element-node.js';
import { type Item, resourceItem } from '../model/item.js';
import { makeInvariant } from '../invariants/profile-invariant.js';
import type { ProfileRun } from '../profile-run.js';
import { extensionUrl } from '../slicing/discriminator-path.js';
import { fits, type Place } from './extension-context.js';

/** Who asks where no definition is at hand. */
const ofR4 = {
  profile: { canonical: 'http://hl7.org/fhir/StructureDefinition/Extension|4.0.1' } as CompiledProfile,
  id: 'Extension',
};

/** An extension as it stands: the element around it, and the name of the list. */
export interface Standing {
  readonly owner: Item;
  readonly place: Place;
  readonly isModifier: boolean;
}

/** Checks what stands at the run's path. */
export function checkExtension(item: Item, standing: Standing, run: ProfileRun): void {
  if (!isObject(item.value) || typeof item.value['url'] !== 'string') return;
  const { url } = item.value;
  if (!/^[A-Za-z][A-Za-z0-9+.-]*:/.test(url)) return;
  const definition = run.compiled(url);
  if (definition?.type !== 'Extension') {
    if (standing.isModifier) reportUnknownModifier(url, run);
    return;
  }
  checkModifier(definition, standing, run);
  checkContext(definition, item, standing, run);
  checkParts(definition, item.value, run);
  checkNode(definition.root, item, run);
}

/** Nobody may act on what a modifier that he does not know has changed (https://hl7.org/fhir/R4/extensibility.html#modifierExtension). */
const reportUnknownModifier = (url: string, run: ProfileRun): void =>
  run.report(ofR4, {
    code: 'unknown-modifier-extension',
    expected: 'a modifier extension whose definition is known',
    found: quoted(url),
    cure: 'Install the package that defines it, or leave it out.',
  });

function checkModifier({ root }: CompiledProfile, { isModifier }: Standing, run: ProfileRun): void {
  if (root.isModifier === isModifier) return;
  run.report(root, {
    code: 'extension-modifier',
    expected: root.isModifier
      ? 'this extension in modifierExtension, for it changes the meaning'
      : 'this extension in extension, for it is no modifier',
    found: isModifier ? 'it in modifierExtension' : 'it in extension',
    cure: 'Move it.',
  });
}

function checkContext(definition: CompiledProfile, item: Item, { owner, place }: Standing, run: ProfileRun): void {
  const { context, contextInvariants, root } = definition;
  if (context.length > 0 && !fits(context, place, (expression) => isSelected(expression, run))) {
    run.report(root, {
      code: 'extension-context',
      expected: `this extension on ${context.map(({ expression }) => expression).join(' or ')}`,
      found: `it on ${place.paths[0] ?? place.type}`,
      cure: 'Move it to an element that its definition names.',
    });
  }
  // The engine's copy of a resource is dear, and few extensions have such invariants.
  if (contextInvariants.length === 0) return;
  const variables = { extension: copiesOf(run.context.root).of(item.value!) };
  for (const invariant of contextInvariants) {
    if (judge(invariant, { node: root, item: owner, run, variables }) !== 'violated') continue;
    run.report(root, {
      code: 'extension-context',
      expected: `that "${invariant.human}" holds for the element around it`,
      found: 'that it does not',
      cure: 'Change the element, or leave the extension out.',
    });
  }
}

/** A FHIRPath context selects, from the resource, the elements that may have it. */
function isSelected(expression: string, run: ProfileRun): boolean {
  const invariant = makeInvariant('Resource', { key: 'context', expression: `(${expression}).exists()` });
  return (
    judge(invariant, {
      node: ofR4 as never,
      item: resourceItem(run.context.resource),
      run,
    }) !== 'violated'
  );
}

/** Parts have relative urls, which the definition of the whole lists. */
function checkParts({ root }: CompiledProfile, extension: JsonObject, run: ProfileRun): void {
  const parts = Array.isArray(extension['extension']) ? (extension['extension'] as readonly unknown[]) : [];
  const slices = root.children.get('extension')?.slices ?? [];
  const known = slices.map((slice) => extensionUrl(slice, run));
  for (const [at, part] of parts.entries()) {
    const url = isObject(part as never) ? (part as JsonObject)['url'] : undefined;
    if (typeof url !== 'string' || known.includes(url) || url.includes(':')) continue;
    run.at(['extension', at], () =>
      run.report(root, {
        code: 'extension-part',
        expected: known.length > 0 ? `one of the parts ${known.join(', ')}` : 'no parts, for the extension has a value',
        found: quoted(url),
        cure: 'Use a part that the definition lists.',
      }),
    );
  }
}
