import { Alert, Anchor, Button, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'react-router';
import { useMayHave } from '../../../login/use-right.js';
import { useMessages } from '../../../messages/messages.js';
import { Dialog } from '../../../parts/dialog.js';
import type { Issue } from '../../../server/issues.js';
import { type Suppression, typedFor } from './suppression.js';
import { SuppressionForm } from './suppression-form.js';

/** The way from a finding of validation to a rule that lets it pass, for those who may make one. */
export function SuppressFinding({ issue }: { readonly issue: Issue }) {
  const t = useMessages();
  const mayAdd = useMayHave('admin/Definition.c');
  const [isOpen, setOpen] = useState(false);
  const [made, setMade] = useState<Suppression>();
  const typed = typedFor(issue);
  if (!mayAdd || !typed) return null;
  return (
    <>
      <Button
        variant="subtle"
        size="compact-xs"
        aria-label={t('suppressions.suppress.code', { code: typed.code })}
        onClick={() => setOpen(true)}
      >
        {t('suppressions.suppress')}
      </Button>
      <Dialog isOpen={isOpen} close={() => setOpen(false)} size="lg" title={t('suppressions.add')}>
        {made ? (
          <Alert role="status" color="green">
            {t('suppressions.made', { name: made.name, until: made.until })}
          </Alert>
        ) : (
          <Stack>
            <Text size="sm">{t('suppressions.what')}</Text>
            <Anchor component={Link} to="/operations/suppressions" size="sm">
              {t('suppressions.all')}
            </Anchor>
            <SuppressionForm initial={typed} saved={setMade} />
          </Stack>
        )}
      </Dialog>
    </>
  );
}
