import { Anchor, Button, Code, Group, Stack, Text } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { useMemo, useState } from 'react';
import { Link } from 'react-router';
import { useMessages } from '../../messages/messages.js';
import { piecesOf } from './json-links.js';
import { linesOf } from './lines.js';

/** More makes a browser slow; the rest is shown when asked for. */
const shownAtOnce = 100_000;

interface ShownText {
  readonly text: string;
  /** FHIR base, of which references lead on; absent: nothing leads anywhere. */
  readonly base?: string;
}

/** JSON as the server wrote it, with ways to the resources that it refers to. */
export const JsonView = (shown: Required<ShownText>) => <TextView {...shown} />;

/** XML as the server wrote it. */
export const XmlView = (shown: Omit<ShownText, 'base'>) => <TextView {...shown} />;

/** A text with the numbers of its lines. */
function TextView({ text, base }: ShownText) {
  const t = useMessages();
  const clipboard = useClipboard();
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? text : text.slice(0, shownAtOnce);
  const lines = useMemo(() => linesOf(base === undefined ? [{ text: shown }] : piecesOf(shown, base)), [shown, base]);
  return (
    <Stack gap="xs">
      <Group>
        <Button variant="default" size="compact-sm" onClick={() => clipboard.copy(text)}>
          {t(clipboard.copied ? 'json.copied' : 'json.copy')}
        </Button>
      </Group>
      <Code block tabIndex={0} className="json lines">
        {lines.map((line, at) => (
          // Lines and their pieces are told apart by their place.
          <span className="line" key={at}>
            {line.map(({ text: piece, to }, place) =>
              to === undefined ? (
                piece
              ) : (
                <Anchor key={place} component={Link} to={to} inherit td="underline">
                  {piece}
                </Anchor>
              ),
            )}
          </span>
        ))}
      </Code>
      {shown.length < text.length && (
        <Group>
          <Text size="sm">{t('json.part', { shown: t.number(shown.length), all: t.number(text.length) })}</Text>
          <Button variant="default" size="compact-sm" onClick={() => setWhole(true)}>
            {t('json.whole')}
          </Button>
        </Group>
      )}
    </Stack>
  );
}
