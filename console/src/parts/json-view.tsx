import { Anchor, Button, Code, Group, Stack, Text } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { useMemo, useState } from 'react';
import { Link } from 'react-router';
import { useMessages } from '../messages/messages.js';
import { piecesOf } from './json-links.js';

/** More makes a browser slow; the rest is shown when asked for. */
const shownAtOnce = 100_000;

interface Json {
  readonly text: string;
  readonly base: string;
}

/** JSON as the server wrote it, with ways to the resources that it refers to. */
export function JsonView({ text, base }: Json) {
  const t = useMessages();
  const clipboard = useClipboard();
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? text : text.slice(0, shownAtOnce);
  const pieces = useMemo(() => piecesOf(shown, base), [shown, base]);
  return (
    <Stack gap="xs">
      <Group>
        <Button variant="default" size="compact-sm" onClick={() => clipboard.copy(text)}>
          {t(clipboard.copied ? 'json.copied' : 'json.copy')}
        </Button>
      </Group>
      <Code block tabIndex={0} className="json">
        {pieces.map(({ text: piece, to }, at) =>
          to === undefined ? (
            piece
          ) : (
            // The pieces of a text are told apart by their place.
            <Anchor key={at} component={Link} to={to} inherit td="underline">
              {piece}
            </Anchor>
          ),
        )}
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
