// What shapes a link on its root or its ingress (tc(8)): each side is one object. The qdiscs that the kernel chooses by itself are none.

import { linkArgument } from '../plan/world.js';
import { lackOfTree, ShapingTree, treeCommands, treeFacts, treeRemoval, treesOf } from '../shaping/trees.js';
import { defineObject, type Site, type Words } from './object.js';

const tc = (args: string[]): Words => ({ program: 'tc', args });

function argumentFor({ device }: ShapingTree, { state: { links = [] } }: Site): string {
  const link = links.find(({ name }) => name === device);
  return link ? linkArgument(link, links) : device;
}

const remove = (tree: ShapingTree, site: Site): Words[] => [tc(treeRemoval(tree, argumentFor(tree, site)))];
const add = (tree: ShapingTree, site: Site): Words[] => treeCommands(tree, 'add', argumentFor(tree, site)).map(tc);

export const shapingKind = defineObject<ShapingTree>({
  name: 'shaping',
  section: 'shaping',
  schema: ShapingTree,
  of: ({ shaping = [] }) => treesOf(shaping),
  key: ({ device, side }) => `${device} ${side}`,
  links: ({ device }) => [device],
  facts: treeFacts,
  lacks: lackOfTree,
  tell: ({ device, side, rows }) => `${rows[0]?.kind ?? 'shaping'} on the ${side} of ${device}`,
  add,
  remove,
  change: (from, to, site) => [...remove(from, site), ...add(to, site)],
});
