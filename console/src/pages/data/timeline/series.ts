import { isObject, type Members, type Resource, summaryOf } from '../summary.js';
import { dateOf } from './timeline.js';

/** A measured value. */
export interface Point {
  readonly id: string;
  readonly date: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly value: number;
}

/** Values of one code and unit, the oldest first. */
export interface Series {
  readonly key: string;
  readonly name: string;
  readonly unit: string;
  readonly points: readonly Point[];
}

/** The numbers of Observations and of their components, those with the most values first. */
export function seriesOf(resources: readonly Resource[]): readonly Series[] {
  const found = new Map<string, Series>();
  for (const { name, unit, point } of resources.flatMap(measuredOf)) {
    const key = JSON.stringify([name, unit]);
    found.set(key, { key, name, unit, points: [...(found.get(key)?.points ?? []), point] });
  }
  return [...found.values()]
    .map((series) => ({ ...series, points: series.points.toSorted((one, other) => one.time - other.time) }))
    .toSorted((one, other) => other.points.length - one.points.length || one.name.localeCompare(other.name));
}

interface Measured {
  readonly name: string;
  readonly unit: string;
  readonly point: Point;
}

/** Entries without a time, a number or a name are left out. */
function measuredOf(resource: Resource): readonly Measured[] {
  const date = dateOf(resource) ?? '';
  const time = Date.parse(date);
  if (resource.resourceType !== 'Observation' || Number.isNaN(time)) return [];
  const components = Array.isArray(resource['component']) ? resource['component'].filter(isObject) : [];
  return [resource, ...components].flatMap((measured) => {
    const { name, unit, value } = quantityIn(measured);
    if (typeof value !== 'number' || name === '') return [];
    return [{ name, unit, point: { id: resource.id ?? '', date, time, value } }];
  });
}

function quantityIn({ code, valueQuantity }: Members) {
  const { value, unit, code: unitCode } = isObject(valueQuantity) ? valueQuantity : {};
  return { name: summaryOf(code), unit: textOf(unit) ?? textOf(unitCode) ?? '', value };
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
