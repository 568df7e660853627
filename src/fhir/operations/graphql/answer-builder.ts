import { FhirError } from '../../../r4/errors/fhir-error.js';
import { each, objectsOf, textOf } from '../../../r4/json/items.js';
import { stepsInTurns } from '../../../r4/json/turns.js';
import { isObject, type Json, type JsonObject } from '../../../r4/json/json.js';
import { isPrimitiveType } from '../../../r4/model/elements.js';
import { isResourceType } from '../../../r4/model/resource-types.js';
import type { SearchOffer } from '../../../r4/search/parameters/search-offer.js';
import { AnswerObject, type AnswerSize } from './answer-object.js';
import type { ElementFilter } from './element-filter.js';
import { connectionOf, type FieldType, fieldOf, isOf, typeName } from './fields.js';
import { type Node, nodeOf, stored } from './node.js';
import type { PlannedField } from './plan-query.js';
import { InvalidQuery } from './query-errors.js';
import { targetOf } from './reference-target.js';
import { searchOf } from './search-query.js';
import type { StoredData } from './stored-data.js';

/** How a field stands in the answer, by what `@flatten` and `@slice` above it say. */
interface Placement {
  readonly suffix: string;
  /** Something that repeats was flattened. */
  readonly isList: boolean;
  readonly isFlat: boolean;
}

const unflattened: Placement = { suffix: '', isList: false, isFlat: false };

/** Values of a field: objects with their types, or text and numbers. */
interface Values {
  readonly nodes?: readonly Node[];
  readonly texts?: readonly Json[];
  readonly type: string;
  readonly repeats: boolean;
}

export interface BuilderMeans {
  readonly data: StoredData;
  readonly filter: ElementFilter;
  readonly offer: SearchOffer;
  /** FHIR base URL. */
  readonly base: string;
}

/**
 * Puts an answer together from what is there, in turns with other requests; what is not is asked of the data, and missing until they have
 * it.
 */
export class AnswerBuilder {
  constructor(
    private readonly means: BuilderMeans,
    private readonly size: AnswerSize,
  ) {}

  async build(fields: readonly PlannedField[], node: Node): Promise<AnswerObject> {
    const answer = new AnswerObject(this.size);
    await stepsInTurns(this.add(fields, node, answer, unflattened));
    return answer;
  }

  private *add(fields: readonly PlannedField[], node: Node, out: AnswerObject, placement: Placement): Generator<void> {
    for (const field of fields) {
      yield;
      this.size.look(1);
      const type = fieldOf(node.type, field.name);
      if (!type || !field.on.every((condition) => isOf(node.type, condition))) continue;
      yield* this.put(field, yield* this.values(field, type, node), out, placement);
    }
  }

  private *values(field: PlannedField, type: FieldType, node: Node): Generator<void, Values> {
    switch (type.kind) {
      case 'typename':
        return { texts: [typeName(node.type)], type: 'string', repeats: false };
      case 'resource':
        return { nodes: targetOf(this.means, field, node), type: 'Resource', repeats: false };
      case 'read':
        return { nodes: this.read(field, type.type), type: type.type, repeats: false };
      case 'list':
        return { nodes: (yield* this.search(field, type, node)).flatMap(resourcesOf), type: type.type, repeats: true };
      case 'connection':
        return { nodes: yield* this.search(field, type, node), type: connectionOf(type.type), repeats: false };
      case 'element':
      default:
        return yield* this.elements(field, type, node);
    }
  }

  private *elements(
    field: PlannedField,
    { type, repeats }: { readonly type: string; readonly repeats: boolean },
    { type: owner, value, focus }: Node,
  ): Generator<void, Values> {
    const items = each(value[field.name]);
    if (isPrimitiveType(type)) return { texts: items, type, repeats };
    if (items.length > 0 && !field.fields)
      throw new InvalidQuery(`${field.path} has fields of its own: say which in { }.`, 'required');
    if (field.args.size > 0) this.size.look(items.length * field.args.size);
    const objects = (yield* this.means.filter.select(items, type, field)).filter(isObject);
    // A match on a page is a stored resource; other resources in resources are not.
    const isMatch = owner.endsWith('Edge') && isResourceType(type);
    return { nodes: isMatch ? objects.map(stored) : objects.flatMap((one) => nodeOf(one, type, focus)), type, repeats };
  }

  private read(field: PlannedField, type: string): readonly Node[] {
    const id = String(field.args.get('id') ?? field.args.get('_id'));
    const reading = this.means.data.resource({ type, id });
    if (reading instanceof FhirError) throw reading;
    return reading ? [stored(reading)] : [];
  }

  private *search(
    field: PlannedField,
    { kind, type }: { readonly kind: 'list' | 'connection'; readonly type: string },
    { value, focus }: Node,
  ): Generator<void, readonly Node[]> {
    const { args, path } = field;
    const isReverse = args.has('_reference');
    if (isReverse && (!focus || value !== focus.resource))
      throw new InvalidQuery(
        `${path}: nothing refers to a resource within another one. Ask it of the resource that is stored.`,
      );
    const target = isReverse && focus ? `${focus.type}/${focus.id}` : undefined;
    const count = args.get('_count');
    const found = this.means.data.search({
      ...searchOf({ type, args, path }, this.means.offer, target),
      isPaged: kind === 'connection',
      counts: kind === 'connection' && (field.fields ?? []).some(({ name }) => name === 'count'),
      most: count === undefined ? undefined : Number(count),
    });
    return found ? [{ type: connectionOf(type), value: yield* this.filtered(found, field, type) }] : [];
  }

  private *filtered(found: JsonObject, { args, path }: PlannedField, type: string): Generator<void, JsonObject> {
    const expression = args.get('fhirpath');
    if (expression === undefined) return found;
    const edges: JsonObject[] = [];
    for (const edge of objectsOf(found['edges'])) {
      yield;
      const { resource } = edge;
      if (isObject(resource) && this.means.filter.holds(String(expression), resource, type, path)) edges.push(edge);
    }
    return { ...found, edges };
  }

  private *put(
    field: PlannedField,
    { nodes, texts = [], type, repeats }: Values,
    out: AnswerObject,
    placement: Placement,
  ): Generator<void> {
    const isList = repeats || placement.isList;
    const slotAt = (item: Json, index: number) => {
      const suffix = placement.suffix + this.suffixOf(field, item, index, type);
      return {
        key: field.key + suffix,
        suffix,
        field,
        type,
        isList: isList && !field.singleton,
        isFlat: placement.isFlat,
      };
    };
    const count = field.first ? 1 : undefined;
    for (const [index, text] of texts.slice(0, count).entries()) out.put(slotAt(text, index), text);
    for (const [index, node] of (nodes ?? []).slice(0, count).entries()) {
      const slot = slotAt(node.value, index);
      const [inner, place] = field.flatten
        ? [out, { suffix: slot.suffix, isList, isFlat: true }]
        : [out.object(slot), unflattened];
      yield* this.add(field.fields ?? [], node, inner, place);
    }
  }

  /** Suffix that `@slice` adds to a name. */
  private suffixOf({ slice, path }: PlannedField, item: Json, index: number, type: string): string {
    if (slice === undefined) return '';
    if (slice === '$index') return `.${index}`;
    const own = isObject(item) && type === 'Resource' ? textOf(item['resourceType']) : type;
    const text = this.means.filter.slice(slice, item, own, path);
    return text === '' ? '' : `.${text}`;
  }
}

const resourcesOf = ({ value }: Node): readonly Node[] =>
  objectsOf(value['edges']).flatMap(({ resource }) => (isObject(resource) ? [stored(resource)] : []));
