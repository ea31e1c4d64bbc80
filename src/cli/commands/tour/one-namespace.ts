// The tour, first part: a cable within one namespace.
import { z } from 'zod';
import { DownLink, having, ListedNamespace, LonelyLink, linkLine, namespaceLine, UpLink } from './sights.js';
import { step } from './step.js';

const CABLE = { a: { name: 'veth0', addresses: ['10.0.0.1/24'] }, b: { name: 'veth1' } };

export const ONE_NAMESPACE = [
  step({
    title: 'Look first',
    tool: 'list_namespaces',
    byHand: ['lsns -t net'],
    sees: z.looseObject({ namespaces: z.tuple([ListedNamespace.extend({ kind: z.literal('host') })]) }),
    shows: ({ namespaces }) => namespaces.map(namespaceLine),
    says: () =>
      'A network namespace is a network stack of its own: links, addresses, routes, firewall, sockets. So far there is one, the one that this server runs in. Every call names it host; in this tour it belongs to the sandbox, not to your machine. The inode is what a namespace is: names, process ids and numbers only point at it.',
    learns: ({ namespaces: [{ inode }] }) => ({ host: inode }),
  }),
  step({
    title: 'Ask what would be done',
    tool: 'create_veth_pair',
    with: { ...CABLE, dry_run: true },
    sees: z.looseObject({ change: z.looseObject({ dry_run: z.literal(true), undoable: z.boolean() }), a: z.null(), b: z.null() }),
    shows: ({ change: { undoable } }) => [`nothing was done; it ${undoable ? 'could' : 'could not'} be undone`],
    says: () =>
      'A veth pair is a virtual cable: two links, and what enters one end leaves the other. With dry_run nothing is changed: the answer names the commands that would run, what would be lost by them and whether they could be undone. The policy decides about it as about the real call.',
  }),
  step({
    title: 'Make the cable',
    tool: 'create_veth_pair',
    with: CABLE,
    sees: z.looseObject({
      a: having(DownLink.extend({ peer: z.literal('veth1') }), '10.0.0.1/24'),
      b: DownLink.extend({ peer: z.literal('veth0') }),
    }),
    shows: ({ a, b }) => [linkLine(a), linkLine(b)],
    says: () =>
      'Read veth0@veth1 as: veth0, whose other end is veth1. Both ends are down, for no new link is up by itself. One call, two commands: if the second had failed, the first would have been taken back.',
  }),
  step({
    title: 'Bring up one end',
    tool: 'set_link',
    with: { link: 'veth0', up: true },
    sees: z.looseObject({ link: LonelyLink }),
    shows: ({ link }) => [linkLine(link)],
    says: ({ link: { operstate } }) =>
      operstate === 'LOWERLAYERDOWN'
        ? 'veth0 is up and still carries nothing. LOWERLAYERDOWN says why: this end is up, the other end is down. A veth has carrier only while both its ends are up.'
        : 'veth0 is up and still carries nothing: it has no carrier, for the other end is down. Many kernels write LOWERLAYERDOWN for that; this one writes DOWN. A veth has carrier only while both its ends are up.',
  }),
  step({
    title: 'Bring up the other end',
    tool: 'set_link',
    with: { link: 'veth1', up: true },
    sees: z.looseObject({ link: UpLink.extend({ peer: z.literal('veth0') }) }),
    shows: ({ link }) => [linkLine(link)],
    says: ({ link: { addresses } }) =>
      `veth1@veth0 UP: now both ends are up, so both have carrier.${
        addresses.some((address) => address.startsWith('fe80:'))
          ? ' Nobody gave the fe80:: address. IPv6 gives every link a link-local one by itself, as soon as the link is up and has carrier; it is good for neighbours on this cable and is never routed.'
          : ''
      }`,
  }),
  step({
    title: 'Give it an address too',
    tool: 'change_address',
    with: { action: 'add', link: 'veth1', address: '10.0.0.2/24' },
    sees: z.looseObject({ link: having(UpLink, '10.0.0.2/24') }),
    shows: ({ link }) => [linkLine(link)],
    says: () =>
      'The /24 says which addresses are neighbours on this cable: 10.0.0.0 to 10.0.0.255. From it the kernel makes a route by itself, 10.0.0.0/24 through this link. If 10.0.0.1 could ping 10.0.0.2 now, would that prove that the cable works? Let the kernel answer.',
  }),
  step({
    title: 'Which way would a packet take?',
    tool: 'exec_in_namespace',
    with: { command: ['ip', 'route', 'get', '10.0.0.2'] },
    sees: z.looseObject({ exit_code: z.literal(0), stdout: z.string().regex(/^local 10\.0\.0\.2 dev lo /) }),
    shows: ({ stdout }) => stdout.split('\n').slice(0, 1),
    says: () =>
      'It would prove nothing. Both addresses belong to this namespace, so they are in its table local, which is looked up before all others: the packet turns round in lo and never sees the cable. To send something across, one end has to live elsewhere.',
  }),
];
