/** Resources: the one that was sent, those inside Bundle and Parameters, and contained ones. */
import { isObject, type Json, type JsonObject } from '../json/json.js';
import { isResourceType, suggestType } from '../model/resource-types.js';
import { checkElement } from './check-element.js';
import { checkContained, checkContainment } from './contained.js';
import { foundText } from './found-text.js';
import type { TypeChecks, ValueCheck } from './property.js';
import type { ResourceContext, RootContext, ValidationRun } from './validation-run.js';

/** Checks a resource that stands by itself: sent, or an entry of a Bundle. */
export const resourceCheck =
  (typeChecks: TypeChecks): ValueCheck =>
  (value, run) => {
    const type = typeOf(value, run);
    if (type === undefined) return;
    const resource = value as JsonObject;
    const root = rootContext(resource);
    within({ resource, root }, run, () => checkElement(resource, typeChecks(type), run));
    if (root.mentions && !run.full) checkContainment(root, run);
  };

export const containedCheck =
  (typeChecks: TypeChecks): ValueCheck =>
  (value, run) => {
    const type = typeOf(value, run);
    if (type === undefined) return;
    const resource = value as JsonObject;
    checkContained(resource, run);
    within({ resource, root: run.context.root }, run, () => checkElement(resource, typeChecks(type), run));
  };

function within(context: ResourceContext, run: ValidationRun, check: () => void): void {
  const outer = run.context;
  run.context = context;
  check();
  run.context = outer;
}

const rootContext = (resource: JsonObject): RootContext => ({
  resource,
  mentions: resource['contained'] === undefined ? undefined : { fragments: new Set(), referring: new Set() },
});

/** The type of a resource; undefined when it has none, which is reported. */
function typeOf(value: Json, run: ValidationRun): string | undefined {
  if (!isObject(value)) {
    run.report('not-a-resource', 'a resource: an object with resourceType', foundText(value));
    return undefined;
  }
  const { resourceType: type } = value;
  if (typeof type !== 'string') {
    run.report('not-a-resource', 'a resourceType', foundText(type));
    return undefined;
  }
  if (isResourceType(type)) return type;
  const near = suggestType(type);
  run.report(
    'unknown-resource-type',
    `a resource type of R4${near === undefined ? '' : ` such as "${near}"`}`,
    foundText(type),
  );
  return undefined;
}
