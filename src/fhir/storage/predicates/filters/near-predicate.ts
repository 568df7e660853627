import type { ValueOf } from './filter-values.js';
import type { BindParameters } from '../../session/statement.js';

/** Mean radius of the earth, in metres. */
const radius = 6_371_008.8;

/** Positions within a distance on the sphere (https://hl7.org/fhir/R4/location.html#positional). */
export function nearPredicate(
  code: string,
  values: readonly ValueOf<'near'>[],
  row: string,
  parameters: BindParameters,
): string {
  const parameter = parameters.add(code, 'text');
  const conditions = values.map(({ latitude, longitude, metres }) => {
    const [lat, lon] = [latitude, longitude].map(
      (degrees) => `radians(${parameters.add(degrees, 'double precision')})`,
    );
    const haversine =
      `power(sin((radians(lat.low::float8) - ${lat}) / 2), 2) + ` +
      `cos(radians(lat.low::float8)) * cos(${lat}) * power(sin((radians(lon.low::float8) - ${lon}) / 2), 2)`;
    return `2 * ${radius} * asin(sqrt(least(1, ${haversine}))) <= ${parameters.add(metres, 'double precision')}`;
  });
  return (
    `EXISTS (SELECT FROM unnest(${row}.ranges) AS lat, unnest(${row}.ranges) AS lon ` +
    `WHERE lat.parameter = ${parameter} AND lat.unit = 'lat' AND lon.parameter = ${parameter} AND lon.unit = 'lon' ` +
    `AND (${conditions.join(' OR ')}))`
  );
}
