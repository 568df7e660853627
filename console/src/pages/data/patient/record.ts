import { AnswerRefused, type FhirClient } from '../../../server/fhir-client.js';
import { named, type Parameter, type Parameters, textOf } from '../../../server/parameters.js';
import type { MyAccess } from '../../why/my-access.js';

/** Resources of one type. */
export interface Counted {
  readonly type: string;
  readonly count: number;
}

/** Numbers by type in the answer of an operation. */
export const countsIn = ({ parameter }: Parameters, name: string): readonly Counted[] =>
  named(parameter, name).map(({ part }) => ({
    type: textOf(part, 'type') ?? '',
    count: Number(textOf(part, 'count')),
  }));

/** Calls an operation with parameters. Throws {@link AnswerRefused}. */
export const call = (fhir: FhirClient, path: string, parameter: readonly Parameter[]): Promise<Parameters> =>
  fhir.ask<Parameters>({ method: 'POST', path, body: JSON.stringify({ resourceType: 'Parameters', parameter }) });

/** True if the user may do all of these to rows of the type. Only for what is shown: the server judges. */
export const may = ({ types }: Pick<MyAccess, 'types'>, type: string, letters: string): boolean => {
  const held = types.filter((one) => one.type === type).map(({ permissions }) => permissions);
  return letters.split('').every((letter) => held.some((permissions) => permissions.includes(letter)));
};

interface Page {
  readonly entry?: readonly { readonly resource?: unknown }[];
  readonly link?: readonly { readonly relation: string; readonly url: string }[];
}

/** A browser holds no more than that. */
const mostPages = 200;

/** All pages of the whole record, a line for each resource. Throws {@link AnswerRefused}, and RangeError where it is too long. */
export async function wholeRecord(fhir: FhirClient, patient: string, told: (count: number) => void): Promise<Blob> {
  const lines: string[] = [];
  let path: string | undefined = `Patient/${encodeURIComponent(patient)}/$everything?_count=500`;
  for (let page = 0; path !== undefined; page++) {
    if (page === mostPages) throw new RangeError(`${lines.length}`);
    const answer: Page = await fhir.ask<Page>({ path });
    for (const { resource } of answer.entry ?? []) lines.push(`${JSON.stringify(resource)}\n`);
    told(lines.length);
    path = answer.link?.find(({ relation }) => relation === 'next')?.url;
  }
  return new Blob(lines, { type: 'application/fhir+ndjson' });
}

/** The summary as it came. Throws {@link AnswerRefused}. */
export async function summaryOf(fhir: FhirClient, patient: string): Promise<Blob> {
  const answer = await fhir.send({ path: `Patient/${encodeURIComponent(patient)}/$summary` });
  if (answer.status !== 200) throw new AnswerRefused(answer);
  return new Blob([answer.text], { type: 'application/fhir+json' });
}
