import { Button, type ButtonProps, Group, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useMessages } from '../messages/messages.js';
import { Dialog } from './dialog.js';
import { Failure } from './failure.js';

interface ConfirmView extends Pick<ButtonProps, 'color' | 'variant'> {
  /** On the button, in the title of the question, and on the button that does it. */
  readonly label: string;
  /** The effect of the action, in words. */
  readonly text: string;
  readonly act: () => Promise<unknown>;
}

/** A button whose act is asked for once more before it is done; a refusal is shown where the question was. */
export function ConfirmButton({ label, text, act, variant = 'default', color }: ConfirmView) {
  const t = useMessages();
  const [isOpen, setOpen] = useState(false);
  const run = useMutation({ mutationFn: act, onSuccess: () => setOpen(false) });
  const open = (): void => {
    run.reset();
    setOpen(true);
  };
  return (
    <>
      <Button variant={variant} {...(color !== undefined && { color })} onClick={open}>
        {label}
      </Button>
      <Dialog isOpen={isOpen} close={() => setOpen(false)} title={label}>
        <Text size="sm">{text}</Text>
        {run.isError && <Failure error={run.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={() => setOpen(false)}>
            {t('parts.cancel')}
          </Button>
          <Button {...(color !== undefined && { color })} loading={run.isPending} onClick={() => run.mutate()}>
            {label}
          </Button>
        </Group>
      </Dialog>
    </>
  );
}
