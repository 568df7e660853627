import { isObject, type Json, type JsonObject } from 'lanyard-fhir/r4';

/** LOINC code of a heart rate. */
export const heartRate = '8867-4';

const object = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});

/** Beats per minute of an Observation of a heart rate. */
export function rateIn(observation: JsonObject): number | undefined {
  const { coding = [] } = object(observation['code']);
  const isRate = Array.isArray(coding) && coding.some((one) => object(one)['code'] === heartRate);
  const value = object(observation['valueQuantity'])['value'];
  return isRate && value !== undefined ? Number(String(value)) : undefined;
}

export function subjectOf(observation: JsonObject): string | undefined {
  const { reference } = object(observation['subject']);
  return typeof reference === 'string' ? reference : undefined;
}
