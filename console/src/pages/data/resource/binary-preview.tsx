import { Alert, Button, Code, Group, Image, Stack, Text } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useMessages } from '../../../messages/messages.js';
import { download } from '../../../parts/download.js';
import { type Content, contentOf, essenceOf, shownAs } from './binary.js';

/** More of a text makes a browser slow. */
const shownText = 100_000;

/** The content of a Binary. Nothing of it runs, and nothing of it can ask an address. */
export function BinaryPreview({ id, resource }: { readonly id: string; readonly resource: unknown }) {
  const t = useMessages();
  const content = useMemo(() => contentOf(resource), [resource]);
  if (!content) return <Text>{t('binary.none')}</Text>;
  const { contentType, bytes } = content;
  return (
    <Stack>
      <Text size="sm">{t('binary.what', { type: contentType, bytes: t.number(bytes.length) })}</Text>
      <Group>
        {/* As bytes: a browser opens none of it by itself. */}
        <Button variant="default" onClick={() => download(id, new Blob([bytes], { type: 'application/octet-stream' }))}>
          {t('binary.save')}
        </Button>
      </Group>
      <Shown content={content} />
    </Stack>
  );
}

function Shown({ content }: { readonly content: Content }) {
  const t = useMessages();
  const shown = shownAs(content.contentType);
  if (shown === 'nothing') return <Alert role="note">{t('binary.unknown')}</Alert>;
  if (shown === 'image') return <ImageContent content={content} />;
  const text = new TextDecoder().decode(content.bytes.subarray(0, shownText));
  return (
    <>
      {shown === 'page' && (
        <>
          <Text size="sm">{t('binary.sandbox')}</Text>
          {/* No permission at all: no scripts, no forms, no windows, an origin of its own. It inherits the policy of the page. */}
          <iframe className="sandbox" sandbox="" referrerPolicy="no-referrer" srcDoc={text} title={t('binary.title')} />
        </>
      )}
      <Code block tabIndex={0} className="json">
        {text}
      </Code>
      {content.bytes.length > shownText && <Text size="sm">{t('binary.part', { bytes: t.number(shownText) })}</Text>}
    </>
  );
}

function ImageContent({ content: { contentType, data } }: { readonly content: Content }) {
  const t = useMessages();
  const [isBroken, setBroken] = useState(false);
  if (isBroken) return <Alert role="note">{t('binary.broken', { type: contentType })}</Alert>;
  return (
    <Image
      src={`data:${essenceOf(contentType)};base64,${data}`}
      alt={t('binary.image')}
      fit="contain"
      w="auto"
      maw="100%"
      mah="75vh"
      onError={() => setBroken(true)}
    />
  );
}
