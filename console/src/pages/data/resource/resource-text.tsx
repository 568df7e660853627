import { Textarea } from '@mantine/core';
import { type RefObject, useMemo, useRef } from 'react';
import { useMessages } from '../../../messages/messages.js';
import { rangeOfLine } from '../../../parts/text/lines.js';
import { isError, type Issue } from '../../../server/issues.js';

interface TextView {
  readonly description: string;
  readonly text: string;
  readonly onChange: (text: string) => void;
  /** Findings in the text; those with a line are marked beside it. */
  readonly issues?: readonly Issue[] | undefined;
  readonly area?: RefObject<HTMLTextAreaElement | null>;
}

const none: readonly Issue[] = [];

/** A resource as JSON, to type, with the numbers of its lines and a mark at each that something was found in. */
export function ResourceText({ description, text, onChange, issues = none, area }: TextView) {
  const t = useMessages();
  const gutter = useRef<HTMLDivElement>(null);
  const count = text.split('\n').length;
  const numbers = useMemo(() => <Numbers count={count} issues={issues} />, [count, issues]);
  return (
    <Textarea
      ref={area}
      label={t('edit.json')}
      description={description}
      autosize
      minRows={10}
      maxRows={40}
      wrap="off"
      spellCheck={false}
      autoComplete="off"
      classNames={{ input: 'code', section: 'gutter-section' }}
      leftSectionWidth={32 + 9 * String(count).length}
      leftSection={
        <div ref={gutter} className="gutter code" aria-hidden="true">
          {numbers}
        </div>
      }
      onScroll={({ currentTarget }) => {
        if (gutter.current) gutter.current.style.transform = `translateY(-${currentTarget.scrollTop}px)`;
      }}
      value={text}
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
    />
  );
}

/** Errors go before warnings where a line has several findings. */
function Numbers({ count, issues }: { readonly count: number; readonly issues: readonly Issue[] }) {
  const ofLines = issues.toSorted((one, other) => Number(isError(one)) - Number(isError(other)));
  const marks = new Map(ofLines.map((issue) => [issue.line, issue]));
  return Array.from({ length: count }, (_, at) => <Numbered key={at} line={at + 1} issue={marks.get(at + 1)} />);
}

function Numbered({ line, issue }: { readonly line: number; readonly issue: Issue | undefined }) {
  if (issue === undefined) return <div>{line}</div>;
  return (
    <div title={issue.fact}>
      <mark>
        {isError(issue) ? '✘' : '!'}
        {line}
      </mark>
    </div>
  );
}

/** Puts the cursor on a line of the text, and marks it. */
export function goToLine(area: HTMLTextAreaElement | null, line: number): void {
  if (!area) return;
  const [start, end] = rangeOfLine(area.value, line);
  area.focus();
  area.setSelectionRange(start, end);
  area.scrollTop = (area.scrollHeight / area.value.split('\n').length) * Math.max(line - 5, 0);
}
