// What the operations on a namespace's own files share (ip-netns(8)).
import { z } from 'zod';
import type { OwnFile } from '../../../kernel/sections/files.js';
import { placeName } from '../../../model/change.js';
import { fail } from '../../../model/errors.js';
import { isPlainName } from '../../../model/names.js';
import { ReferenceText } from '../../../model/reference.js';
import { removeWords, writeWords } from '../../objects/file.js';
import { ALREADY_SO, type Decided, namespaceAt, step } from '../../operation.js';
import type { Foreseen } from '../../plan/foreseen.js';
import type { World } from '../../plan/world.js';

export const OfNamespace = ReferenceText.describe('Named namespace');

/** A domain or host name (RFC 1123), with underscores, which names in use have. */
export const HostName = z
  .string()
  .max(253)
  .regex(/^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?$/, 'a host name');

/** The name under which the files lie. @throws NetnsError INVALID_INPUT for a namespace without a name. */
function nameOf(world: World, reference: string): string {
  const place = world.at(reference);
  const name = place.isHost ? undefined : place.names.find(isPlainName);
  if (name !== undefined) return name;
  const why = place.isHost
    ? 'The host has only those of /etc, which are not changed'
    : `Namespace ${placeName(place)} has no name under which it could have any`;
  return fail(
    'INVALID_INPUT',
    `Files of its own are a matter of namespaces with a name. ${why}.`,
    'Give the namespace a name, or use one that has one (list_namespaces).',
    { reference },
  );
}

function textOf(world: World, reference: string, file: OwnFile): string | null {
  return world.state(reference).files?.[file] ?? null;
}

/** Plans that a file has a text; null: that there is none. */
export function planFile(world: World, reference: string, file: OwnFile, text: string | null): Decided {
  const place = world.at(reference);
  const name = nameOf(world, reference);
  const there = textOf(world, reference, file);
  if (there === text) return ALREADY_SO;
  const words = text === null ? removeWords(name, file) : writeWords(name, file, text, there !== null);
  return {
    steps: words.map(({ args, ...more }) => step(place, args, more)),
    loses: [],
    undoable: true,
    touches: [{ namespace: reference, kind: 'file', key: file }],
  };
}

/** What is the same in all operations on such a file. */
export function fileOperation(file: OwnFile) {
  return {
    action: 'resolver.set',
    destroys: false,
    namespaces: ({ namespace }: { namespace: string }) => [namespace],
    needs: ['files'],
    subjects: ({ namespace }: { namespace: string }, world: World) => [namespaceAt(world, namespace)],
    result: { lines: z.array(z.string()).nullable().describe('Of the file; null: there is none') },
    show: ({ namespace }: { namespace: string }, world: World) => {
      const text = world.find(namespace) ? textOf(world, namespace, file) : null;
      return { lines: text === null ? null : text.split('\n').filter(Boolean) };
    },
    tell: ({ lines }: { lines: string[] | null }, { namespace }: { namespace: string }) =>
      lines === null
        ? `${namespace} has no ${file} of its own: programs in it see that of the host.`
        : `${namespace} has a ${file} of its own: ${lines.join('; ')}.`,
  } as const;
}

/** As `planFile`, in the world that follows. */
export function foreseeFile(foreseen: Foreseen, reference: string, file: OwnFile, text: string | null): void {
  foreseen.set(reference, 'files', file, text);
}
