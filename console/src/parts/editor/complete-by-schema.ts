import {
  type Completion,
  type CompletionContext,
  type CompletionResult,
  pickedCompletion,
  startCompletion,
} from '@codemirror/autocomplete';
import type { EditorView } from '@codemirror/view';
import { type JsonSchema, schemaAt } from './json-schema.js';
import { type Place, placeAt } from './place-at.js';

/** Names and values that the schema has for the place that is typed at. */
export function completeBySchema(
  { state, pos, explicit }: Pick<CompletionContext, 'state' | 'pos' | 'explicit'>,
  schema: JsonSchema,
): CompletionResult | null {
  const text = state.doc.toString();
  const place = placeAt(text, pos);
  if (place === undefined || (!explicit && place.from === pos)) return null;
  const at = schemaAt(schema, place.path);
  if (at === undefined) return null;
  // In YAML the first name of an object is no name before its colon is typed.
  const isName = place.isName || (at.properties !== undefined && !place.isFlow);
  const isInList = state.doc.lineAt(place.from).text.trimStart().startsWith('- ');
  const options = isName ? namesOf(at, place, isInList) : valuesOf(at, place);
  // Filtered by what is between the quotation marks.
  const from = text[place.from] === '"' ? place.from + 1 : place.from;
  return options.length === 0 ? null : { from, options, validFor: /^[\w*.-]*$/ };
}

function namesOf(
  { properties = {}, required = [] }: JsonSchema,
  place: Place,
  isInList: boolean,
): readonly Completion[] {
  return Object.entries(properties)
    .filter(([name]) => !place.others.includes(name))
    .map(([name, schema]) => ({
      label: name,
      type: 'property',
      ...(schema.description !== undefined && { info: schema.description }),
      boost: required.includes(name) ? 1 : 0,
      apply: inserting(place, (view) =>
        hasColon(view, place.to) ? [quoted(name, place), ''] : nameAndStart({ name, schema, place, view, isInList }),
      ),
    }));
}

function valuesOf(schema: JsonSchema, place: Place): readonly Completion[] {
  const values = schema.type === 'boolean' ? [true, false] : (schema.enum ?? schema.examples ?? []);
  return values.map((value) => ({
    label: String(value),
    type: schema.enum ? 'enum' : 'constant',
    apply: inserting(place, () => [typeof value === 'string' ? quoted(value, place) : String(value), '']),
  }));
}

/** Text before the cursor, and behind it. */
type Parts = readonly [string, string];

/** Replaces the word with its quotation marks, which the completion itself does not know of. */
const inserting =
  (place: Place, partsOf: (view: EditorView) => Parts) =>
  (view: EditorView, completion: Completion, _from: number, to: number): void => {
    const [before, behind] = partsOf(view);
    const end =
      view.state.sliceDoc(place.from, place.from + 1) === '"' && view.state.sliceDoc(to, to + 1) === '"' ? to + 1 : to;
    view.dispatch({
      changes: { from: place.from, to: Math.max(end, to), insert: `${before}${behind}` },
      selection: { anchor: place.from + before.length },
      userEvent: 'input.complete',
      annotations: pickedCompletion.of(completion),
      scrollIntoView: true,
    });
    if (behind !== '' || /[\s-]$/.test(before)) startCompletion(view);
  };

const hasColon = (view: EditorView, at: number): boolean => /^"?\s*:/.test(view.state.sliceDoc(at, at + 20));

interface NewMember {
  readonly name: string;
  readonly schema: JsonSchema;
  readonly place: Place;
  readonly view: EditorView;
  readonly isInList: boolean;
}

/** The name, and the beginning of a value of its type. */
function nameAndStart({ name, schema, place, view, isInList }: NewMember): Parts {
  if (place.isFlow) {
    const [before, behind] = flowStarts[startOf(schema)];
    return [`${JSON.stringify(name)}: ${before}`, behind];
  }
  const [indent = ''] = /^\s*/.exec(view.state.doc.lineAt(place.from).text) ?? [];
  const deeper = `\n${indent}${isInList ? '  ' : ''}  `;
  const starts = { object: deeper, objects: `${deeper}- `, texts: `${deeper}- `, text: ' ', other: ' ' };
  return [`${name}:${starts[startOf(schema)]}`, ''];
}

type Start = 'object' | 'objects' | 'texts' | 'text' | 'other';

const flowStarts: Readonly<Record<Start, Parts>> = {
  object: ['{ ', ' }'],
  objects: ['[{ ', ' }]'],
  texts: ['["', '"]'],
  text: ['"', '"'],
  other: ['', ''],
};

function startOf({ type, items }: JsonSchema): Start {
  if (type === 'array') return items?.type === 'object' ? 'objects' : 'texts';
  if (type === 'object') return 'object';
  return type === 'string' ? 'text' : 'other';
}

/** In YAML outside of braces plain words need no quotation marks. */
const quoted = (value: string, { isFlow }: Place): string =>
  isFlow || !/^[A-Za-z][\w ./=&{}[\]?-]*$/.test(value) ? JSON.stringify(value) : value;
