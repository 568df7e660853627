/** Goes through everything that was sent, for rules that hold wherever something stands: resources, and extensions. */
import { each } from '../../json/items.js';
import { isObject, type Json, type JsonObject } from '../../json/json.js';
import type { CodeCheck } from './checks/check-code.js';
import { checkExtension } from './extensions/check-extension.js';
import type { Place } from './extensions/extension-context.js';
import { type Item, jsonProperties, type JsonProperty, resourceItem } from './model/item.js';
import type { ProfileRun } from './profile-run.js';

/** Called for each resource, at its path. */
export type VisitResource = (item: Item, run: ProfileRun) => void;

/** An element around another. */
interface Around {
  readonly item: Item;
  readonly place: Place;
}

/** One walk over a resource and all that is in it, from the path where the run stands. */
export class ResourceWalk {
  constructor(
    private readonly run: ProfileRun,
    private readonly visit: VisitResource,
    private readonly codes: CodeCheck,
  ) {}

  /** `isContained`: it stands in another, which stays the root. */
  private resource(resource: JsonObject, isContained: boolean): void {
    const { run } = this;
    const item = resourceItem(resource);
    const outer = run.context;
    run.context = { resource, root: isContained ? outer.root : { resource, mentions: undefined } };
    this.visit(item, run);
    const isBundle = item.type === 'Bundle';
    if (isBundle) run.bundles.push(resource);
    this.element({ item, place: { type: item.type, paths: [item.type] } });
    if (isBundle) run.bundles.pop();
    run.context = outer;
  }

  /** The resource that was sent, in steps: each is one item of one of its elements. */
  *steps(resource: JsonObject): Generator<void, void> {
    const { run } = this;
    const item = resourceItem(resource);
    run.context = { resource, root: { resource, mentions: undefined } };
    this.visit(item, run);
    yield;
    if (item.type === 'Bundle') run.bundles.push(resource);
    const around: Around = { item, place: { type: item.type, paths: [item.type] } };
    for (const [name, child] of Object.entries(resource)) {
      const property = jsonProperties(item.type).get(name);
      if (!property || typeof child !== 'object') continue;
      run.path.push(property.element);
      for (const [index, one] of each(child).entries()) {
        const at = { isExtra: name.startsWith('_'), around, index: Array.isArray(child) ? index : undefined };
        if (at.index !== undefined) run.path.push(index);
        this.value(one, property, at);
        if (at.index !== undefined) run.path.pop();
        yield;
      }
      run.path.pop();
    }
  }

  private element(around: Around): void {
    const { value, extra, type } = around.item;
    const object = isObject(value) ? value : extra;
    if (!object || !this.run.step()) return;
    const properties = jsonProperties(isObject(value) ? type : 'Element');
    for (const name in object) {
      const child = object[name];
      if (typeof child !== 'object' || child === null) continue;
      const property = properties.get(name);
      if (!property) continue;
      this.run.path.push(property.element);
      this.property(child, property, name.startsWith('_'), around);
      this.run.path.pop();
    }
  }

  private property(child: Json, property: JsonProperty, isExtra: boolean, around: Around): void {
    if (!Array.isArray(child)) return this.value(child, property, { isExtra, around, index: undefined });
    for (let index = 0; index < child.length; index++) {
      const one = child[index] as Json;
      if (typeof one !== 'object' || one === null) continue;
      this.run.path.push(index);
      this.value(one, property, { isExtra, around, index });
      this.run.path.pop();
    }
  }

  private value(
    child: Json,
    { element, type, isPrimitive }: JsonProperty,
    { isExtra, around, index }: { isExtra: boolean; around: Around; index: number | undefined },
  ): void {
    if (!isObject(child) || isPrimitive !== isExtra) return;
    if (type === 'Resource') return this.resource(child, element === 'contained');
    const { item: owner, place } = around;
    const item: Item = isExtra
      ? { value: undefined, extra: child, type, index }
      : { value: child, extra: undefined, type, index };
    if (type === 'Extension') {
      checkExtension(item, { owner, place, isModifier: element === 'modifierExtension' }, this.run);
      const url = typeof child['url'] === 'string' ? child['url'] : undefined;
      return this.element({ item, place: { type, paths: ['Extension'], extensionUrl: url } });
    }
    this.codes.check(item, this.run);
    this.element({ item, place: { type, paths: pathsOf(place, element, type) } });
  }
}

function pathsOf({ type, paths }: Place, element: string, own: string): readonly string[] {
  if (own.includes('.')) return [own];
  return paths[0] === type ? [`${type}.${element}`] : [`${paths[0]}.${element}`, `${type}.${element}`];
}
