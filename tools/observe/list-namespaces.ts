// list_namespaces
import { z } from 'zod';
import { foundSubject } from '../../src/kernel/view.js';
import { type KeptAlive, NAMESPACE_KINDS, type Namespace, type NamespaceState, type Owner } from '../../src/model/snapshot.js';
import { count } from '../../src/model/text.js';
import { page } from '../../src/server/page.js';
import { fitting, prepareReading } from '../../src/server/reading.js';
import { defineTool } from '../../src/server/tool.js';

const Owned = z.strictObject({
  engine: z.string(),
  ...{ id: z.string().optional(), name: z.string().optional() },
  ...{ pod: z.string().optional(), unit: z.string().optional() },
});
const Listed = z.strictObject({
  inode: z.number(),
  names: z.array(z.string()),
  nsid: z.number().nullable(),
  kind: z.enum(NAMESPACE_KINDS),
  kept_alive_by: z.array(z.string()),
  owner: Owned.nullable(),
  processes: z.strictObject({ count: z.number(), sample: z.array(z.string()) }),
  links: z.strictObject({ count: z.number(), up: z.number() }).nullable(),
});
type Listed = z.infer<typeof Listed>;

const DEFAULT_LIMIT = 20;
/** Of each namespace: what keeps it alive with detail "full". */
const MOST_KEPT = 20;
/** Processes shown of each namespace; with detail "full" as many as the Snapshot has samples. */
const SUMMARY_SAMPLE = 2;

function allThatKeep(kept: readonly KeptAlive[]): string[] {
  const told = kept.slice(0, MOST_KEPT).map(({ by, what, seen_by }) => `${by}: ${what}${seen_by === undefined ? '' : ` (process ${seen_by} sees it)`}`);
  return kept.length > MOST_KEPT ? [...told, `and ${kept.length - MOST_KEPT} more`] : told;
}

function listed({ inode, names, nsid, kind, kept_alive_by, owner, processes }: Namespace, state: NamespaceState | undefined, isFull: boolean): Listed {
  const sample = isFull ? processes.sample : processes.sample.slice(0, SUMMARY_SAMPLE);
  return {
    inode,
    names,
    nsid,
    kind,
    kept_alive_by: isFull ? allThatKeep(kept_alive_by) : [...new Set(kept_alive_by.map(({ by }) => by))],
    owner: owner && withoutNull(owner),
    processes: { count: processes.count, sample: sample.map(({ pid, command }) => `${pid} ${command}`) },
    links: state?.links ? { count: state.links.length, up: state.links.filter(({ up }) => up).length } : null,
  };
}

function withoutNull({ id, name, ...others }: Owner): z.infer<typeof Owned> {
  return { ...others, ...(id === null ? {} : { id }), ...(name === null ? {} : { name }) };
}

/** As engines do: the first twelve of the 64 digits of an id tell containers apart. */
function ownerText({ engine, id, name, pod }: z.infer<typeof Owned>): string {
  const short = id !== undefined && /^[0-9a-f]{64}$/.test(id) ? id.slice(0, 12) : id;
  return [engine, name ?? short, ...(pod === undefined ? [] : [`pod ${pod}`])].filter((word) => word !== undefined).join(' ');
}

function line({ inode, names, nsid, kind, kept_alive_by, owner, processes, links }: Listed): string {
  const isHost = kind === 'host';
  return [
    ...(names.length > 0 ? [names.join(' = ')] : []),
    // What has no other name is called by its inode, in the words of a reference.
    ...(isHost || names.length > 0 ? [kind, `inode ${inode}`] : [`inode:${inode}`, kind]),
    ...(nsid === null ? [] : [`nsid ${nsid}`]),
    ...(owner ? [`of ${ownerText(owner)}`] : []),
    `kept by ${kept_alive_by.join(', ') || 'nothing that can be seen'}`,
    processes.count === 0
      ? 'no processes'
      : `${count(processes.count, 'process', 'processes')} (${processes.sample.join(', ')}${processes.count > processes.sample.length ? ' …' : ''})`,
    links === null ? 'links unreadable' : `${count(links.count, 'link')}, ${links.up} up`,
  ].join(' · ');
}

export const listNamespaces = defineTool({
  name: 'list_namespaces',
  title: 'List namespaces',
  description:
    'Every network namespace on the host, named or not: what keeps it alive, who owns it, processes, links. nsid is relative to the host. Start here.',
  toolset: 'observe',
  effect: 'read',
  idempotent: true,
  action: 'namespace.list',
  input: z.strictObject({
    kinds: z.array(z.enum(NAMESPACE_KINDS)).optional(),
    name: z.string().max(256).optional().describe('Part of a name'),
    cursor: z.string().max(64).optional(),
    limit: z.number().int().min(1).max(500).default(DEFAULT_LIMIT),
    detail: z.enum(['summary', 'full']).default('summary'),
  }),
  output: z.strictObject({ summary: z.string(), namespaces: z.array(Listed), next_cursor: z.string().optional() }),
  async prepare({ kinds, name, cursor, limit, detail }, context) {
    const wantedOf = (all: readonly Namespace[]) =>
      all.filter((namespace) => (kinds?.includes(namespace.kind) ?? true) && (name === undefined || namespace.names.some((known) => known.includes(name))));
    const itemsOf = (wanted: readonly Namespace[], most: number) => page(wanted, ({ inode }) => inode, cursor, most);
    // Links only of those that are shown.
    const choose = (all: readonly Namespace[]) => itemsOf(wantedOf(all), limit).items.map(({ inode }) => inode);
    const snapshot = await context.services.kernel.survey(['links'], context.signal, choose);
    const look = async () => {
      const wanted = wantedOf(snapshot.namespaces);
      const pageOf = (most: number) => {
        const { items, next_cursor } = itemsOf(wanted, most);
        return { namespaces: items.map((namespace) => listed(namespace, snapshot.states.get(namespace.inode), detail === 'full')), next_cursor };
      };
      const whole = pageOf(limit);
      const { left_out } = fitting({ namespaces: whole.namespaces });
      const { namespaces, next_cursor } = left_out['namespaces'] ? pageOf(Math.max(1, whole.namespaces.length - left_out['namespaces'])) : whole;
      const kindsSeen = NAMESPACE_KINDS.map((kind) => [kind, wanted.filter((namespace) => namespace.kind === kind).length] as const).filter(([, n]) => n > 0);
      const unread = snapshot.could_not_read.map(({ what, detail: why }) => `${what} (${why})`);
      const summary = [
        `${count(wanted.length, 'namespace')}: ${kindsSeen.map(([kind, n]) => `${n} ${kind}`).join(', ')}`,
        ...(next_cursor ? [`${namespaces.length} shown, pass cursor for more`] : []),
        ...(unread.length > 0 ? [`could not read ${unread.slice(0, 3).join(', ')}${unread.length > 3 ? ` and ${unread.length - 3} more` : ''}`] : []),
      ].join('; ');
      return { output: { summary, namespaces, ...(next_cursor ? { next_cursor } : {}) }, text: [summary, ...namespaces.map(line)].join('\n') };
    };
    // The kernel left out what may not be seen: the policy is asked about the rest, and about none when that is all.
    return await prepareReading('namespace.list', [], context, look, snapshot.namespaces.map(foundSubject));
  },
});
