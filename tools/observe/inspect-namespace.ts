// inspect_namespace
import { z } from 'zod';
import { carrierNote, routeText } from '../../src/kernel/explain.js';
import { placeName } from '../../src/model/change.js';
import { ReferenceText } from '../../src/model/reference.js';
import { type Link, type NamespaceState, type Section, SectionName } from '../../src/model/snapshot.js';
import { brief, fitting, prepareReading } from '../../src/server/reading.js';
import { defineTool } from '../../src/server/tool.js';

const DEFAULT_SECTIONS: Section[] = ['links', 'addresses', 'routes'];
/** Characters that the sections share in the text, and those that the notes have; the structured content has all. */
const SECTIONS_ROOM = 2_600;
const NOTES_ROOM = 800;

const Rows = z.array(z.looseObject({})).optional();

function linkLine(link: Link, { addresses = [], nsids = [] }: NamespaceState): string {
  const other = link.peer ?? (link.peer_index === null ? null : `if${link.peer_index}`);
  const id = link.link_netnsid;
  const name = nsids.find(({ nsid }) => nsid === id)?.name;
  return [
    `${link.index}: ${link.name}${other === null ? '' : `@${other}`}`,
    link.kind,
    link.operstate,
    `<${link.flags.join(',')}>`,
    `mtu ${link.mtu}`,
    ...(link.mac === null ? [] : [link.mac]),
    ...(link.master === null ? [] : [`master ${link.master}`]),
    ...(id === null ? [] : [name ? `link-netns ${name}` : `link-netnsid ${id}`]),
    ...addresses.filter(({ link_index }) => link_index === link.index).map(({ address }) => address),
    ...(link.alias === null ? [] : [`alias "${link.alias}"`]),
  ].join(' ');
}

/** What may puzzle a reader of the links: ends without carrier, and what link-netnsid means. */
function notes({ links = [], nsids = [] }: NamespaceState): string[] {
  const nameOf = ({ link_netnsid }: Link) => nsids.find(({ nsid }) => nsid === link_netnsid)?.name ?? null;
  const ids = links.filter(({ link_netnsid }) => link_netnsid !== null);
  return [
    ...links.flatMap((link) => carrierNote(link, nameOf(link)) ?? []),
    ...(ids.length > 0
      ? [`link-netnsid N is the id that this namespace has given to the one where the other end lives, not to itself; inspect_netns_id resolves it.`]
      : []),
  ];
}

/** Lines of each section that has no place in the lines of the links. */
const LINES: { [Name in keyof NamespaceState]?: (state: NamespaceState) => string[] } = {
  routes: ({ routes = [] }) => routes.filter(({ table }) => table !== 'local').map(routeText),
  rules: ({ rules = [] }) =>
    rules.map(({ family, priority, source, destination, table, action, goto, selectors }) =>
      `${priority}: ${family} from ${source}${destination ? ` to ${destination}` : ''} ${Object.entries(selectors)
        .map(([key, value]) => `${key} ${value}`)
        .join(' ')} ${table ? `lookup ${table}` : `${action ?? ''}${goto === null ? '' : ` ${goto}`}`}`.replaceAll('  ', ' '),
    ),
  neighbours: ({ neighbours = [] }) =>
    neighbours.map(({ address, device, mac, state }) => `${address} dev ${device}${mac ? ` lladdr ${mac}` : ''} ${state.join(',')}`),
  sockets: ({ sockets = [] }) =>
    sockets.map(
      ({ protocol, state, local, remote, processes }) =>
        `${protocol} ${state} ${local.address}:${local.port} ${remote.address}:${remote.port}${processes.map(({ pid, command }) => ` ${command}[${pid}]`).join('')}`,
    ),
  sysctls: ({ sysctls = {} }) => Object.entries(sysctls).map(([key, value]) => `${key} = ${value}`),
};

/** A section under its heading, as far as it fits into so many characters. */
function sectionText(name: string, lines: readonly string[], room: number): string[] {
  const { shown, more } = brief(lines, room);
  return [`${name} (${lines.length}):`, ...shown.map((line) => `  ${line}`), ...(more > 0 ? [`  … ${more} more in the structured content`] : [])];
}

export const inspectNamespace = defineTool({
  name: 'inspect_namespace',
  title: 'Inspect a namespace',
  description: 'What is in a namespace, by sections; without a choice links, addresses and routes. Explains ends without carrier and link-netnsid.',
  toolset: 'observe',
  effect: 'read',
  idempotent: true,
  action: 'namespace.read',
  input: z.strictObject({ namespace: ReferenceText.default('host').describe('Namespace reference'), sections: z.array(SectionName).min(1).optional() }),
  output: z.strictObject({
    namespace: z.strictObject({ inode: z.number(), names: z.array(z.string()), is_host: z.boolean() }),
    links: Rows,
    addresses: Rows,
    routes: Rows,
    rules: Rows,
    neighbours: Rows,
    sockets: Rows,
    sysctls: z.record(z.string(), z.string()).optional(),
    notes: z.array(z.string()),
    left_out: z.record(z.string(), z.number()).optional().describe('Cut to fit: ask for fewer sections'),
    could_not_read: z.array(z.string()).optional(),
  }),
  prepare: ({ namespace, sections = DEFAULT_SECTIONS }, context) =>
    prepareReading('namespace.read', [namespace], context, async ([place]) => {
      if (!place) throw new Error('no namespace');
      const { inode, names, isHost } = place;
      const wanted: Section[] = sections.includes('links') ? [...sections, 'nsids'] : sections;
      const { state, unread } = await context.services.kernel.read(place, wanted, context.signal);
      const chosen = Object.fromEntries(sections.flatMap((section) => (section in state ? [[section, state[section]]] : [])));
      const remarks = sections.includes('links') ? notes(state) : [];
      const { lists, left_out } = fitting({ ...chosen, notes: remarks });
      const notesShown = brief(remarks, NOTES_ROOM);
      const could_not_read = unread.map(({ what, detail }) => `${what}: ${detail}`);
      const lines: [string, string[]][] = sections.includes('links')
        ? [['links', (state.links ?? []).map((link) => linkLine(link, sections.includes('addresses') ? state : { ...state, addresses: [] }))]]
        : sections.includes('addresses')
          ? [['addresses', (state.addresses ?? []).map(({ link, address, scope }) => `${link} ${address} scope ${scope}`)]]
          : [];
      for (const section of sections) {
        const tell = LINES[section];
        if (tell) lines.push([section, tell(state)]);
      }
      return {
        output: {
          namespace: { inode, names, is_host: isHost },
          ...lists,
          ...(Object.keys(left_out).length > 0 ? { left_out } : {}),
          ...(could_not_read.length > 0 ? { could_not_read } : {}),
        },
        text: [
          `Namespace ${placeName(place)}, inode ${inode}.`,
          ...lines.flatMap(([name, of]) => sectionText(name, of, SECTIONS_ROOM / lines.length)),
          ...notesShown.shown,
          ...(notesShown.more > 0 ? [`… ${notesShown.more} more notes in the structured content`] : []),
          ...could_not_read.map((what) => `Could not read ${what}`),
        ].join('\n'),
      };
    }),
});
