import { Code, Text, VisuallyHidden } from '@mantine/core';
import { structuredPatch } from 'diff';
import { Fragment, useMemo } from 'react';
import { useMessages } from '../../messages/messages.js';

interface DiffTexts {
  readonly from: string;
  readonly to: string;
}

/** Lines around a change that are shown, and the longest that a comparison may take. */
const limits = { context: 3, timeout: 2000 };

/** Differences of a text, line by line: a sign for the eye, words for screen readers. */
export function DiffView({ from, to }: DiffTexts) {
  const t = useMessages();
  const patch = useMemo(() => structuredPatch('', '', from, to, undefined, undefined, limits), [from, to]);
  if (patch === undefined) return <Text>{t('diff.large')}</Text>;
  if (patch.hunks.length === 0) return <Text role="status">{t('diff.same')}</Text>;
  return (
    <Code block tabIndex={0} className="json diff">
      {patch.hunks.map(({ newStart, lines }) => (
        <Fragment key={newStart}>
          <span className="diff-place">{t('diff.line', { line: newStart })}</span>
          {lines
            .filter((line) => !line.startsWith('\\'))
            .map((line, at) => (
              // Lines of a hunk have no ids, and their order does not change.
              <Line key={at} line={line} />
            ))}
        </Fragment>
      ))}
    </Code>
  );
}

function Line({ line }: { readonly line: string }) {
  const t = useMessages();
  const [sign, text] = [line[0], line.slice(1)];
  if (sign === '+')
    return (
      <ins>
        <VisuallyHidden>{t('diff.added')}</VisuallyHidden>
        {`+ ${text}`}
      </ins>
    );
  if (sign === '-')
    return (
      <del>
        <VisuallyHidden>{t('diff.removed')}</VisuallyHidden>
        {`- ${text}`}
      </del>
    );
  return <span>{`  ${text}`}</span>;
}
