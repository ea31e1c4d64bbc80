// inspect_netns_id
import { z } from 'zod';
import type { HeldNamespace } from '../../src/kernel/kernel.js';
import { fail } from '../../src/model/errors.js';
import { Held } from '../../src/model/held.js';
import { LinkReference } from '../../src/model/names.js';
import { ReferenceText } from '../../src/model/reference.js';
import { findLink, type Link } from '../../src/model/snapshot.js';
import { visible } from '../../src/model/text.js';
import { brief, fitting, prepareReading } from '../../src/server/reading.js';
import { type CallContext, defineTool } from '../../src/server/tool.js';

const Place = z.strictObject({ inode: z.number(), names: z.array(z.string()) });
const Relative = z.strictObject({ inode: z.number(), names: z.array(z.string()), reference: z.string() });

/** A namespace in a sentence. */
function said({ isHost, names, inode }: Pick<HeldNamespace, 'isHost' | 'names' | 'inode'>): string {
  if (isHost) return 'the host';
  return names.length > 0 ? `namespace ${names.join(' = ')}` : `the namespace with inode ${inode}`;
}

const WHY_IDS =
  'An id is local to the namespace that gave it: the same namespace can have other ids elsewhere, and none where nobody needed one (-1 in the kernel).';

/** Characters that the ids elsewhere have in the text. */
const IDS_ROOM = 1_000;

interface Behind {
  target: HeldNamespace;
  nsid: number | null;
  says: string;
}

/** The namespace in which the other end of a link lives, and the id by which the link says so. */
async function behindLink(link: Link, base: HeldNamespace, { services, signal }: CallContext): Promise<Behind> {
  const at = said(base);
  if (link.link_netnsid === null) {
    const other = link.peer === null ? 'it has no other end elsewhere' : `its other end ${link.peer} lives in the same namespace`;
    return { target: base, nsid: null, says: `Link ${link.name} in ${at} shows no link-netnsid: ${other}.` };
  }
  const target = await services.kernel.resolve(`nsid:${link.link_netnsid}@inode:${base.inode}`, signal);
  const lower = link.kind === 'veth' ? 'its peer lives' : 'the link that it stands on lives';
  const index = link.peer_index === null ? '' : ` (there it is index ${link.peer_index})`;
  return {
    target,
    nsid: link.link_netnsid,
    says: `Link ${link.name} in ${at} shows link-netnsid ${link.link_netnsid}: that is the id which ${at} has given to ${said(target)}, where ${lower}${index}. It is not the id of the namespace that ${link.name} itself is in.`,
  };
}

interface Asked {
  link: string | undefined;
  nsid: number | undefined;
  named: HeldNamespace | undefined;
}

/** The namespace that was asked for, its id as `base` has given it, and a sentence that says so. The caller disposes `target` when it is neither of those it gave. */
async function answerOf({ link, nsid, named }: Asked, base: HeldNamespace, context: CallContext): Promise<Behind> {
  const { kernel } = context.services;
  if (link !== undefined) {
    const { state } = await kernel.read(base, ['links'], context.signal);
    const found = findLink(state.links ?? [], link);
    if (found) return await behindLink(found, base, context);
    return fail('LINK_NOT_FOUND', `No link "${visible(link)}" in ${said(base)}.`, 'inspect_namespace lists the links that are there.', { link: visible(link) });
  }
  if (nsid !== undefined) {
    const target = await kernel.resolve(`nsid:${nsid}@inode:${base.inode}`, context.signal);
    return { target, nsid, says: `Id ${nsid}, as ${said(base)} uses it, is ${said(target)}.` };
  }
  if (!named) throw new Error('nothing asked');
  const given = (await kernel.idsGivenBy(base, context.signal)).get(named.inode) ?? null;
  const same = named.inode === base.inode ? ' They are the same namespace.' : '';
  return {
    target: named,
    nsid: given,
    says:
      given === null ? `No id was given to ${said(named)} by ${said(base)}.${same}` : `The id of ${said(named)}, given by ${said(base)}, is ${given}.${same}`,
  };
}

export const inspectNetnsId = defineTool({
  name: 'inspect_netns_id',
  title: 'Resolve a namespace id',
  description:
    'What a netns id (nsid, link-netnsid) means: which namespace it points at, which id a namespace has, and its ids elsewhere. Give one of namespace, link or nsid.',
  toolset: 'observe',
  effect: 'read',
  idempotent: true,
  action: 'namespace.read',
  input: z
    .strictObject({
      namespace: ReferenceText.optional().describe('Which id has it?'),
      link: LinkReference.optional().describe('Link in relative_to: what does its link-netnsid mean?'),
      nsid: z.number().int().min(0).max(0x7fff_ffff).optional().describe('Which namespace is it?'),
      relative_to: ReferenceText.default('host').describe('Who gave the id'),
    })
    .refine(({ namespace, link, nsid }) => [namespace, link, nsid].filter((given) => given !== undefined).length === 1, {
      message: 'give exactly one of namespace, link, nsid',
    }),
  output: z.strictObject({
    relative_to: Relative,
    nsid: z.number().nullable(),
    namespace: Place,
    ids_elsewhere: z.array(z.strictObject({ in: Place, nsid: z.number() })),
    explanation: z.string(),
    left_out: z.record(z.string(), z.number()).optional().describe('Cut to fit'),
    could_not_read: z.array(z.string()).optional(),
  }),
  prepare: ({ namespace, link, nsid, relative_to }, context) =>
    prepareReading('namespace.read', [relative_to, ...(namespace === undefined ? [] : [namespace])], context, async ([base, named]) => {
      if (!base) throw new Error('no namespace');
      using held = new Held();
      const { target, nsid: given, says } = await answerOf({ link, nsid, named }, base, context);
      if (target !== base && target !== named) held.keep(target);
      const { ids, unread } = await context.services.kernel.idsOf(target, context.signal);
      const elsewhere = ids.filter(({ in: { inode } }) => inode !== base.inode);
      const could_not_read = unread.map(({ what, detail }) => `${what}: ${detail}`);
      const { lists, left_out } = fitting({ ids_elsewhere: elsewhere, ...(could_not_read.length > 0 ? { could_not_read } : {}) });
      const explanation = `${says} ${WHY_IDS}`;
      const { shown, more } = brief(
        elsewhere.map(({ in: { names, inode }, nsid: id }) => `${id} in ${names[0] ?? `inode:${inode}`}`),
        IDS_ROOM,
      );
      return {
        output: {
          relative_to: { inode: base.inode, names: base.names, reference: base.isHost ? 'host' : base.reference },
          nsid: given,
          namespace: { inode: target.inode, names: target.names },
          explanation,
          ...lists,
          ...(Object.keys(left_out).length > 0 ? { left_out } : {}),
        },
        text: [
          explanation,
          `It is inode ${target.inode}${target.names.length > 0 ? `, named ${target.names.join(', ')}` : ', without a name'}.`,
          `Ids elsewhere: ${shown.join(', ') || 'none'}${more > 0 ? ` and ${more} more` : ''}.`,
        ].join('\n'),
      };
    }),
});
