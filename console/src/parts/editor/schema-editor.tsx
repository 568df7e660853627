import { autocompletion, closeCompletion, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { yaml } from '@codemirror/lang-yaml';
import { bracketMatching, indentOnInput } from '@codemirror/language';
import { type Diagnostic, lintGutter, nextDiagnostic, setDiagnostics } from '@codemirror/lint';
import { Compartment, EditorState, type Extension } from '@codemirror/state';
import { EditorView, keymap, lineNumbers } from '@codemirror/view';
import { Anchor, Box, Input, List, Text, useComputedColorScheme } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { type RefObject, useEffect, useId, useMemo, useRef } from 'react';
import { type Messages, useMessages } from '../../messages/messages.js';
import { styleNonce } from '../../style-nonce.js';
import { faultsOf } from './check-by-schema.js';
import { completeBySchema } from './complete-by-schema.js';
import { editorLook } from './editor-look.js';
import { type JsonSchema, readPath } from './json-schema.js';
import { type Fault, StructuredText } from './structured-text.js';

/** Something that the server found in a text, as its answer places it. */
export interface Placed {
  /** Such as `rules[0].constrain`. */
  readonly at: string;
  readonly text: string;
}

interface EditorProps {
  readonly label: string;
  readonly description: string;
  readonly text: string;
  readonly onChange: (text: string) => void;
  /** Absent: nothing is suggested, and only the form is checked. */
  readonly schema: JsonSchema | undefined;
  /** Findings of the server in the text as it is now. */
  readonly found: readonly Placed[];
}

/** JSON or YAML with completion by a schema; findings are underlined, and listed with their lines below it. Tab leaves it. */
export function SchemaEditor({ label, description, text, onChange, schema, found }: EditorProps) {
  const t = useMessages();
  const id = useId();
  // Nobody is told of half a word.
  const [settled] = useDebouncedValue(text, 400);
  const faults = useMemo(() => {
    const read = new StructuredText(settled);
    const ofServer = found.map(({ at, text: said }) => ({ ...read.fault(readPath(at), said), at }));
    const own = ofServer.length > 0 ? [] : faultsOf(read, schema, t);
    return [...own, ...ofServer].map((fault) => ({ line: read.lineOf(fault), at: undefined, ...fault }));
  }, [settled, schema, found, t]);
  const { place, view } = useEditor({ text, onChange, schema, faults, t, id });
  const goTo = ({ from, to }: Fault): void => {
    const end = view.current?.state.doc.length ?? 0;
    view.current?.focus();
    view.current?.dispatch({
      selection: { anchor: Math.min(from, end), head: Math.min(to, end) },
      scrollIntoView: true,
    });
  };
  return (
    <Input.Wrapper
      label={label}
      labelElement="div"
      labelProps={{ id: `${id}-label` }}
      description={description}
      descriptionProps={{ id: `${id}-what` }}
    >
      <Box ref={place} mt={6} />
      <div role="status" aria-label={t('editor.findings')}>
        <List size="sm" mt="xs" spacing={4}>
          {faults.map((fault) => (
            <List.Item key={`${fault.from} ${fault.text}`} className="break">
              <Anchor component="button" type="button" size="sm" onClick={() => goTo(fault)}>
                {t('editor.line', { line: fault.line })}
              </Anchor>{' '}
              <Text span size="sm">
                {/* The words of the server stand in its refusal. */}
                {fault.at ?? fault.text}
              </Text>
            </List.Item>
          ))}
        </List>
      </div>
    </Input.Wrapper>
  );
}

interface EditorNeeds extends Pick<EditorProps, 'text' | 'onChange' | 'schema'> {
  readonly faults: readonly Fault[];
  readonly t: Messages;
  readonly id: string;
}

type Now = EditorNeeds & { readonly isDark: boolean };

/** CodeMirror in an element: it has the text as it is typed, and the page as it was told last. */
function useEditor(needs: EditorNeeds) {
  const { text, faults } = needs;
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const isDark = useComputedColorScheme('light') === 'dark';
  const now = useRef<Now>({ ...needs, isDark });
  useEffect(() => {
    now.current = { ...needs, isDark };
  });
  useEffect(() => {
    const made = new EditorView({ doc: now.current.text, parent: place.current!, extensions: extensionsFor(now) });
    view.current = made;
    return () => made.destroy();
  }, []);
  useEffect(() => view.current?.dispatch({ effects: look.reconfigure(editorLook(isDark)) }), [isDark]);
  useEffect(() => {
    const made = view.current;
    if (!made || made.state.doc.toString() === text) return;
    made.dispatch({ changes: { from: 0, to: made.state.doc.length, insert: text } });
  }, [text]);
  useEffect(() => {
    const made = view.current;
    made?.dispatch(setDiagnostics(made.state, diagnosticsOf(faults, made.state.doc.length)));
  }, [faults]);
  return { place, view };
}

/** The text may be shorter than the one that they were found in. */
const diagnosticsOf = (faults: readonly Fault[], end: number): readonly Diagnostic[] =>
  faults.map(({ from, to, text }) => ({
    from: Math.min(from, end),
    to: Math.min(to, end),
    severity: 'error',
    message: text,
  }));

const look = new Compartment();

/** The parts of an editor; those that change read what is the case now. */
const extensionsFor = (now: RefObject<Now>): Extension => [
  basics(now.current.t),
  look.of(editorLook(now.current.isDark)),
  EditorView.contentAttributes.of({
    'aria-labelledby': `${now.current.id}-label`,
    'aria-describedby': `${now.current.id}-what`,
    spellcheck: 'false',
    autocapitalize: 'off',
    // It is what scrolls by keyboard.
    tabindex: '0',
  }),
  EditorView.updateListener.of(({ docChanged, state }) => {
    if (docChanged) now.current.onChange(state.doc.toString());
  }),
  autocompletion({
    icons: false,
    override: [(context) => (now.current.schema === undefined ? null : completeBySchema(context, now.current.schema))],
  }),
];

/** Without `indentWithTab`: Tab moves on to what follows the editor (WCAG 2.1.2). */
const basics = (t: Messages): Extension => [
  EditorView.cspNonce.of(styleNonce()),
  EditorState.phrases.of({ Completions: t('editor.completions') }),
  yaml(),
  lineNumbers(),
  lintGutter(),
  history(),
  bracketMatching(),
  indentOnInput(),
  EditorView.lineWrapping,
  keymap.of([
    ...completionKeymap,
    { key: 'F8', run: nextDiagnostic },
    // Escape closes the suggestions; a second one is for the page.
    { key: 'Escape', run: closeCompletion },
    ...defaultKeymap,
    ...historyKeymap,
  ]),
];
