import { Anchor, Stack, Text } from '@mantine/core';
import { Link } from 'react-router';
import { type MessageKey, useMessages } from '../../../messages/messages.js';
import { EmptyState } from '../../../parts/lists/empty-state.js';
import { FactTable } from '../../../parts/lists/fact-table.js';
import { placeOf } from '../../../parts/text/json-links.js';
import { Moment } from '../../../parts/moment.js';
import { isObject, knownWords, type Members } from '../summary.js';
import { isReadable, shownElements } from './elements.js';

interface Readable {
  readonly type: string;
  readonly resource: unknown;
  readonly base: string;
}

/** The elements of a resource that people look for, in words. */
export function ReadableView({ type, resource, base }: Readable) {
  const t = useMessages();
  if (!isReadable(type) || !isObject(resource)) return null;
  const elements = shownElements(type, resource);
  if (elements.length === 0) return <EmptyState text={t('readable.none')} />;
  return (
    <Stack gap="xs">
      <FactTable
        facts={elements.map(({ name, value }) => [
          t(`element.${name}` as MessageKey),
          <Values key={name} value={value} base={base} />,
        ])}
      />
      <Text size="sm" c="dimmed">
        {t('readable.rest')}
      </Text>
    </Stack>
  );
}

interface Shown {
  readonly value: unknown;
  readonly base: string;
}

/** Each of several values on a line of its own. */
function Values({ value, base }: Shown) {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return (
    <Stack gap={2}>
      {values.map((one, at) => (
        // Values have no ids, and their order does not change.
        <div key={at}>
          <Value value={one} base={base} />
        </div>
      ))}
    </Stack>
  );
}

/** A time of day and a zone: what is shown in the zone of the reader. */
const instant = /^\d{4}-\d\d-\d\dT.*(?:Z|[+-]\d\d:\d\d)$/;

function Value({ value, base }: Shown) {
  const t = useMessages();
  if (typeof value === 'boolean') return t(value ? 'mine.may' : 'mine.mayNot');
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return instant.test(value) ? <Moment instant={value} /> : value;
  return isObject(value) ? <Element value={value} base={base} /> : '';
}

interface ShownElement {
  readonly value: Members;
  readonly base: string;
}

function Element({ value, base }: ShownElement) {
  const words = knownWords(value);
  const { reference } = value;
  const to = typeof reference === 'string' ? placeOf(reference, base) : undefined;
  if (to === undefined) return words ?? <Parts value={value} base={base} />;
  return (
    <Anchor component={Link} to={to} inherit underline="always">
      {words ?? String(reference)}
    </Anchor>
  );
}

/** Elements that no reader looks for. */
const technical: readonly string[] = ['id', 'extension', 'modifierExtension'];

/** The parts of an element without words of its own, each with its name in FHIR. */
function Parts({ value, base }: ShownElement) {
  const parts = Object.entries(value).filter(([name]) => !technical.includes(name) && !name.startsWith('_'));
  return (
    <Stack gap={0} ps="sm" className="parts">
      {parts.map(([name, part]) => (
        <div key={name}>
          <Text span size="sm" c="dimmed" lang="en">
            {name}:
          </Text>{' '}
          {Array.isArray(part) || isObject(part) ? (
            <Values value={part} base={base} />
          ) : (
            <Value value={part} base={base} />
          )}
        </div>
      ))}
    </Stack>
  );
}
