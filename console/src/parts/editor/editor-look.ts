import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import type { Extension } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { tags } from '@lezer/highlight';

const border = '1px solid var(--mantine-color-default-border)';
const raised = {
  backgroundColor: 'var(--mantine-color-body)',
  color: 'var(--mantine-color-text)',
  border,
};

/** Colours of the console; `isDark` tells CodeMirror which of its own go with them. */
export const editorLook = (isDark: boolean): Extension => [
  EditorView.theme(
    {
      '&': { border, borderRadius: 'var(--mantine-radius-default)', backgroundColor: 'var(--mantine-color-body)' },
      '&.cm-focused': { outline: '2px solid var(--mantine-primary-color-filled)', outlineOffset: '1px' },
      '.cm-scroller': {
        fontFamily: 'var(--mantine-font-family-monospace)',
        fontSize: 'var(--mantine-font-size-sm)',
        lineHeight: '1.5',
        minHeight: '15rem',
        maxHeight: '70vh',
      },
      '.cm-content': { caretColor: 'var(--mantine-color-text)' },
      '.cm-gutters': { backgroundColor: 'transparent', color: 'var(--mantine-color-dimmed)', border: 'none' },
      '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'transparent' },
      '.cm-cursor': { borderLeftColor: 'var(--mantine-color-text)' },
      '.cm-tooltip': { ...raised, fontSize: 'var(--mantine-font-size-sm)', maxWidth: 'min(90vw, 32rem)' },
      '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--mantine-font-family-monospace)' },
      '.cm-tooltip-autocomplete ul li[aria-selected]': {
        backgroundColor: 'var(--mantine-primary-color-filled)',
        color: 'var(--mantine-primary-color-contrast)',
      },
      '.cm-diagnostic': { overflowWrap: 'anywhere' },
    },
    { dark: isDark },
  ),
  syntaxHighlighting(
    HighlightStyle.define([
      { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--mantine-color-anchor)' },
      { tag: tags.comment, color: 'var(--mantine-color-dimmed)', fontStyle: 'italic' },
    ]),
  ),
];
