// Namespace references: the one grammar by which a caller points at a network namespace.
import { z } from 'zod';
import { fail } from './errors.js';
import { visible } from './text.js';

/** A parsed reference. `nsid` is relative to `at`, a reference itself. */
export type NamespaceReference =
  | { by: 'host' }
  | { by: 'name'; name: string }
  | { by: 'pid'; pid: number }
  | { by: 'inode'; inode: number }
  | { by: 'nsid'; nsid: number; at: NamespaceReference }
  | { by: 'path'; path: string }
  | { by: 'container'; container: string };

/** As it appears in tool inputs; parsed by `parseReference`. */
export const ReferenceText = z.string().min(1).max(4096);

/** The grammar in one line, for descriptions and hints. */
export const REFERENCE_GRAMMAR = 'host | NAME | pid:N | inode:N | nsid:N[@NAME] | path:/… | container:NAME';

const number = (text: string): number | null => (/^(0|[1-9]\d{0,14})$/.test(text) ? Number(text) : null);

/**
 * Parses a namespace reference.
 * @throws NetnsError REFERENCE_INVALID when the text does not follow the grammar.
 */
export function parseReference(text: string): NamespaceReference {
  const invalid = (why: string): never =>
    fail('REFERENCE_INVALID', `Namespace reference "${visible(text)}": ${why}.`, `Write it as one of: ${REFERENCE_GRAMMAR}.`, { reference: visible(text) });
  if (text === 'host') return { by: 'host' };
  const scheme = /^(pid|inode|nsid|path|container):(.*)$/s.exec(text);
  if (!scheme) {
    if (text.includes('/') || text === '.' || text === '..') return invalid('a name has no slash and is not . or ..');
    if (text.includes('\0')) return invalid('it holds a NUL byte');
    return { by: 'name', name: text };
  }
  const [, by, rest = ''] = scheme;
  if (by === 'pid') {
    const pid = number(rest);
    return pid ? { by, pid } : invalid('pid: takes a process id above 0');
  }
  if (by === 'inode') {
    const inode = number(rest);
    return inode ? { by, inode } : invalid('inode: takes a number');
  }
  if (by === 'nsid') {
    const [, digits = '', at] = /^([^@]*)(?:@(.+))?$/s.exec(rest) ?? [];
    const nsid = number(digits);
    if (nsid === null) return invalid('nsid: takes a number, 0 or above');
    const base: NamespaceReference = at === undefined ? { by: 'host' } : parseReference(at);
    return base.by === 'nsid' ? invalid('the part after @ cannot be an nsid itself') : { by, nsid, at: base };
  }
  if (by === 'path') {
    if (!rest.startsWith('/') || rest.includes('\0')) return invalid('path: takes an absolute path');
    return { by, path: rest };
  }
  return rest === '' ? invalid('container: takes a name or an id') : { by: 'container', container: rest };
}
