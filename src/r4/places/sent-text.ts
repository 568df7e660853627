import { placeFrom, type TextPlace, textStart } from '../errors/text-place.js';
import { listOf } from '../json/items.js';
import { isObject, type Json, type JsonObject } from '../json/json.js';
import type { FoundPlace, PlacesTask, TextForm } from './find-places.js';

/** `findPlaces`, here or in a thread. */
export type FindPlaces = (task: PlacesTask) => Promise<readonly FoundPlace[]>;

/** A body that was sent, or one value or element of it. */
export interface SentText {
  readonly text: string;
  readonly form: TextForm;
  /** Where it begins in the body. */
  readonly origin: TextPlace;
}

/** Returns the text that a resource stands in. It is asked only when there are findings. */
export type ReadSent = (find: FindPlaces) => SentText | Promise<SentText>;

/** Where a resource stands: its path from the root of the text. */
interface Standing {
  readonly read: ReadSent;
  readonly path: string;
}

const standings = new WeakMap<JsonObject, Standing>();

/** The text of a whole body. */
export const wholeText =
  (text: string, form: TextForm): ReadSent =>
  () => ({ text, form, origin: textStart });

/** Keeps where a resource stands for as long as the resource, so that findings tell line and column; also for resources in Parameters. */
export function rememberSent(resource: Json | undefined, read: ReadSent, path = ''): void {
  if (!isObject(resource)) return;
  standings.set(resource, { read, path });
  if (resource['resourceType'] !== 'Parameters') return;
  for (const [at, one] of listOf(resource['parameter']).entries()) {
    const inner = isObject(one) ? one['resource'] : undefined;
    if (isObject(inner)) standings.set(inner, { read, path: `${path}.parameter[${at}].resource` });
  }
}

/** The copy has the elements of the resource, with other values. */
export function standsAs(copy: JsonObject, resource: JsonObject): void {
  const standing = standings.get(resource);
  if (standing) standings.set(copy, standing);
}

/** Places of elements in the body as sent, by their FHIRPath; undefined for a resource that was not sent. */
export async function sentPlaces(
  resource: JsonObject,
  expressions: readonly string[],
  find: FindPlaces,
): Promise<readonly TextPlace[] | undefined> {
  const standing = standings.get(resource);
  if (!standing) return undefined;
  const { text, form, origin } = await standing.read(find);
  const paths = expressions.map((expression) => standing.path + expression.replace(/^[^.[]*/, ''));
  return (await find({ text, form, paths })).map((place) => placeFrom(origin, place));
}

/** The entries of a Bundle in the text of a body. Where each begins is looked for once, and only when one has findings. */
export class SentEntries {
  #starts: Promise<readonly FoundPlace[]> | undefined;

  constructor(
    private readonly sent: Pick<SentText, 'text' | 'form'>,
    private readonly count: number,
  ) {}

  remember(entry: Json | undefined, index: number): void {
    if (isObject(entry)) rememberSent(entry['resource'], (find) => this.read(index, find), '.resource');
  }

  private async read(index: number, find: FindPlaces): Promise<SentText> {
    const { text, form } = this.sent;
    const paths = Array.from({ length: this.count }, (_, i) => `.entry[${i}]`);
    this.#starts ??= find({ text, form, paths });
    const starts = await this.#starts;
    const origin = starts[index]!;
    return { text: text.slice(origin.offset, starts[index + 1]?.offset), form, origin };
  }
}
