import { Alert, Button, Fieldset, FileButton, Group, Radio, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useMessages } from '../../messages/messages.js';
import { Failure } from '../../parts/failure.js';
import type { ClientForm } from './client.js';
import type { ClientFieldsView } from './client-fields.js';
import { download, jsonFile } from '../../parts/download.js';
import { canMakeKeys, type KeyPair, makeKeyPair } from './key-pair.js';

/** Public keys of a client: made in this browser, given as a set, or at an address of the client. */
export function KeysField({ form, onChange }: ClientFieldsView) {
  const t = useMessages();
  const set = (change: Partial<ClientForm>): void => onChange({ ...form, ...change });
  return (
    <Fieldset legend={t('clients.keys')}>
      <Stack>
        <Radio.Group label={t('clients.keysBy')} value={form.keysBy} onChange={(keysBy) => set({ keysBy })}>
          <Stack gap="xs" mt={4}>
            <Radio value="here" label={t('clients.keysBy.here')} />
            <Radio value="text" label={t('clients.keysBy.text')} />
            <Radio value="uri" label={t('clients.keysBy.uri')} />
          </Stack>
        </Radio.Group>
        {form.keysBy === 'here' && <MakeKeys made={(jwks) => set({ jwks })} />}
        {form.keysBy === 'text' && <GivenKeys text={form.jwks} give={(jwks) => set({ jwks })} />}
        {form.keysBy === 'uri' && (
          <TextInput
            label={t('clients.jwksUri')}
            description={t('clients.jwksUri.what')}
            spellCheck={false}
            value={form.jwksUri}
            onChange={({ currentTarget }) => set({ jwksUri: currentTarget.value })}
          />
        )}
      </Stack>
    </Fieldset>
  );
}

function MakeKeys({ made }: { readonly made: (jwks: string) => void }) {
  const t = useMessages();
  const [pair, setPair] = useState<KeyPair>();
  const make = useMutation({
    mutationFn: makeKeyPair,
    onSuccess: (next) => {
      setPair(next);
      made(next.publicJwks);
    },
  });
  if (!canMakeKeys()) return <Alert role="note">{t('clients.keys.insecure')}</Alert>;
  return (
    <Stack align="flex-start" gap="sm">
      <Text size="sm">{t('clients.keys.what')}</Text>
      <Button variant="default" loading={make.isPending} onClick={() => make.mutate()}>
        {t('clients.keys.make')}
      </Button>
      {make.isError && <Failure error={make.error} />}
      {pair && (
        <Alert role="status" title={t('clients.keys.made')}>
          <Stack align="flex-start" gap="xs">
            <Text size="sm">{t('clients.keys.download.what')}</Text>
            <Button variant="default" onClick={() => download('private-key.jwk.json', jsonFile(pair.privateJwk))}>
              {t('clients.keys.download')}
            </Button>
          </Stack>
        </Alert>
      )}
    </Stack>
  );
}

function GivenKeys({ text, give }: { readonly text: string; readonly give: (jwks: string) => void }) {
  const t = useMessages();
  return (
    <>
      <Textarea
        label={t('clients.jwks')}
        description={t('clients.jwks.what', { example: '{"keys":[{"kty":"EC",…}]}' })}
        autosize
        minRows={4}
        maxRows={16}
        spellCheck={false}
        classNames={{ input: 'code' }}
        value={text}
        onChange={({ currentTarget }) => give(currentTarget.value)}
      />
      <Group>
        <FileButton accept="application/json,.json,.jwks" onChange={(file) => void file?.text().then(give)}>
          {(props) => (
            <Button variant="default" {...props}>
              {t('clients.jwks.file')}
            </Button>
          )}
        </FileButton>
      </Group>
    </>
  );
}
