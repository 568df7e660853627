import type { Part } from '../../r4/terminology/read-resource.js';

/** A kind of statement about a code, made with one text by lines of a release. */
export type Form =
  /** That there is the concept. Of several such lines the one with the latest time counts, of those the last; the text is the time. */
  | { readonly kind: 'there'; readonly isInactive: boolean }
  | Said
  /** The text is the code of a concept right above. */
  | { readonly kind: 'parent' }
  /** The text is the code of a reference set or a list of answers that it is in. */
  | { readonly kind: 'member' };

/** The text is of an element of the concept. */
export interface Said {
  readonly kind: 'said';
  /** The line that was told last for the code says it: it counts as long as that line does. */
  readonly isOfLine: boolean;
  /** It may be the display; of several the one with the lowest rank is, of those the first. */
  readonly rank?: number;
  /** Element of the concept that tells it; absent: it is the display alone. */
  readonly element?: 'definition' | 'designation' | 'property';
  /** JSON of the element before the text, and after it. */
  readonly around: readonly [string, string];
  /** The text is JSON as it is. */
  readonly isJson: boolean;
  /** Of a property. */
  readonly name?: string;
}

type Options = Pick<Said, 'isOfLine' | 'rank'>;

export const parentForm: Form = { kind: 'parent' };
export const memberForm: Form = { kind: 'member' };
export const thereForm = (isInactive: boolean): Form => ({ kind: 'there', isInactive });

const said = (options: Options, more: Partial<Said>): Form => ({
  kind: 'said',
  around: ['', ''],
  isJson: false,
  ...options,
  ...more,
});

export const displayForm = (options: Options): Form => said({ rank: 0, ...options }, {});

export const definitionForm = (options: Options): Form => said(options, { element: 'definition' });

export function designationForm(of: { readonly language: string; readonly use?: Part }, options: Options): Form {
  const head = JSON.stringify(of);
  return said(options, { element: 'designation', around: [`${head.slice(0, -1)},"value":`, '}'] });
}

/** `type`: such as `valueCode`. */
export function propertyForm(name: string, type: string, options: Options): Form {
  const around = [`{"code":${JSON.stringify(name)},"${type}":`, '}'] as const;
  return said(options, { element: 'property', name, around, isJson: type === 'valueBoolean' });
}

/** The form of a property whose values are codes and whose name a line says; `known`: those before. */
export function codeProperty(known: Map<string, Form>, name: string): Form {
  const before = known.get(name);
  if (before) return before;
  const made = propertyForm(name, 'valueCode', { isOfLine: false });
  known.set(name, made);
  return made;
}
