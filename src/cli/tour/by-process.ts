// The tour, fourth part: a namespace pointed at by a process in it; then everything is taken down.
import { z } from 'zod';
import { having, ListedNamespace, linkLine, namespaceLine, UpLink } from './sights.js';
import { step } from './step.js';

/** Nobody has 10.0.0.9: who asks there waits. */
const WAITING = {
  tool: 'check_reachability',
  arguments: { from: 'ns1', to: '10.0.0.9', protocol: 'udp', port: 9, count: 10, timeout_ms: 10_000 },
};

const pidOf = (sample: string): number => Number.parseInt(sample, 10);

export const BY_PROCESS = [
  step({
    title: 'Which namespace does a process belong to?',
    background: WAITING,
    tool: 'list_namespaces',
    with: { name: 'ns1' },
    byHand: ({ pid }) => [`readlink /proc/${pid ?? 'PID'}/ns/net`],
    sees: z.looseObject({
      namespaces: z.tuple([ListedNamespace.extend({ processes: z.looseObject({ count: z.number().min(1), sample: z.array(z.string()).min(1) }) })]),
    }),
    holds: ({ namespaces: [{ inode }] }, { ns1 }) => (inode === ns1 ? null : `expected the inode of ns1, ${ns1}`),
    shows: ({ namespaces: [namespace] }) => [namespaceLine(namespace), `processes in it: ${namespace.processes.sample.join(', ')}`],
    says: ({ namespaces: [{ inode, processes }] }) =>
      `In the background a probe waits in ns1 for an answer that nobody sends, so that a process lives there. Every process has its network namespace: /proc/${pidOf(processes.sample[0] ?? '')}/ns/net reads net:[${inode}], and that is the inode of ns1. Most containers have no name in /run/netns, only processes; so a process is the way to point at them.`,
    learns: ({ namespaces: [{ processes }] }) => ({ pid: pidOf(processes.sample[0] ?? '') }),
  }),
  step({
    title: 'A second cable, in one call',
    tool: 'create_veth_pair',
    with: { a: { name: 'veth2', addresses: ['10.0.1.1/24'], up: true }, b: { name: 'veth3', addresses: ['10.0.1.2/24'], up: true } },
    sees: z.looseObject({ a: having(UpLink, '10.0.1.1/24'), b: having(UpLink, '10.0.1.2/24') }),
    shows: ({ a, b }) => [linkLine(a), linkLine(b)],
    says: () => 'The steps from before, as one change: it is done whole or not at all. If a command had failed, those before it would have been taken back.',
  }),
  step({
    title: 'Move an end to where the process lives',
    endsBackground: true,
    tool: 'move_link',
    byHand: ({ pid }) => [`ip link set dev veth3 netns ${pid} name eth0`],
    with: ({ pid }) => ({ link: 'veth3', to: `pid:${pid}`, new_name: 'eth0', keep_addresses: true, up: true }),
    sees: z.looseObject({ link: having(UpLink, '10.0.1.2/24') }),
    holds: ({ link: { link_netnsid } }, { idOfHost }) => (link_netnsid === idOfHost ? null : `expected link-netnsid ${idOfHost}, as on veth1`),
    shows: ({ link }) => [linkLine(link)],
    says: ({ link: { link_netnsid } }) =>
      `The process was looked up once, and all commands worked on the namespace found then: a process id that meanwhile ends and is used again cannot lead them astray. keep_addresses and up make good what a move loses, new_name renames on the way. eth0 shows link-netnsid ${link_netnsid}, the same as veth1: the number belongs to the namespace at the other end, not to the link.`,
  }),
  step({
    title: 'Take it all down',
    tool: 'delete_namespace',
    with: { namespace: 'ns1', force: true },
    sees: z.looseObject({ change: z.looseObject({ loses: z.array(z.string()) }), namespace: z.null() }),
    shows: ({ change: { loses } }) => [`ns1 is gone; lost: ${loses.join('; ')}`],
    says: () =>
      'The probe was ended first, for a process would have kept the namespace alive without its name. With a namespace go its virtual links, and with one end of a veth always goes the other: host loses veth0 and veth2 by this. Without force the call refuses as long as processes, or links that are not known to be of its own making, live there.',
  }),
  step({
    title: 'Look again',
    tool: 'list_namespaces',
    byHand: ['lsns -t net'],
    sees: z.looseObject({
      namespaces: z.tuple([ListedNamespace.extend({ kind: z.literal('host'), links: z.looseObject({ count: z.literal(1), up: z.number() }) })]),
    }),
    shows: ({ namespaces }) => namespaces.map(namespaceLine),
    says: () => 'As in the first step: one namespace, and in it lo. When the client leaves now, the sandbox goes too.',
  }),
];
