// Which operations are published: under their own names, or under a tool for one kind of object. All can be called by their names, and in apply_changes.
import { addAddress } from '../src/change/operations/addresses/add-address.js';
import { deleteAddress } from '../src/change/operations/addresses/delete-address.js';
import { replaceAddress } from '../src/change/operations/addresses/replace-address.js';
import { createLink } from '../src/change/operations/links/create-link.js';
import { createVethPair } from '../src/change/operations/links/create-veth-pair.js';
import { deleteLink } from '../src/change/operations/links/delete-link.js';
import { moveLink } from '../src/change/operations/links/move-link.js';
import { setLink } from '../src/change/operations/links/set-link.js';
import { createNamespace } from '../src/change/operations/namespaces/create-namespace.js';
import { deleteNamespace } from '../src/change/operations/namespaces/delete-namespace.js';
import { addRoute } from '../src/change/operations/routing/add-route.js';
import { deleteRoute } from '../src/change/operations/routing/delete-route.js';
import { replaceRoute } from '../src/change/operations/routing/replace-route.js';
import { OPERATIONS } from '../src/change/operations/table.js';
import { changeTool, groupedTool } from '../src/server/change-tool.js';
import type { Tool } from '../src/server/tool.js';
import { applyChanges } from './change/apply-changes.js';
import { confirmChange } from './change/confirm-change.js';
import { exportChanges } from './change/export-changes.js';
import { installConfiguration } from './change/install-configuration.js';
import { listChanges } from './change/list-changes.js';
import { showChange } from './change/show-change.js';
import { undoChange } from './change/undo-change.js';

/** Those that have a tool of their own, each with the fields that it takes besides what is listed. */
const OWN_TOOL: ReadonlyMap<string, readonly string[]> = new Map([
  [createNamespace.name, []],
  [deleteNamespace.name, []],
  [createVethPair.name, []],
  [createLink.name, ['link_namespace', 'master', 'mac', 'mtu']],
  [moveLink.name, []],
  [setLink.name, ['promisc', 'multicast', 'allmulticast', 'arp', 'tx_queue_len', 'group', 'addr_gen_mode']],
  [deleteLink.name, []],
]);

export const CHANGE_TOOLS: readonly Tool[] = [
  ...OPERATIONS.filter(({ name }) => OWN_TOOL.has(name)).map((operation) => changeTool(operation, 'always', OWN_TOOL.get(operation.name))),
  groupedTool({
    name: 'change_address',
    title: 'Add, replace or delete an address',
    description: 'Gives a link an IPv4 or IPv6 address, changes its attributes, or takes it away with the routes that depend on it.',
    members: { add: addAddress, replace: replaceAddress, delete: deleteAddress },
    unlisted: ['scope', 'broadcast', 'label', 'metric', 'valid_lft_s', 'preferred_lft_s', 'nodad', 'home', 'noprefixroute'],
  }),
  groupedTool({
    name: 'change_route',
    title: 'Add, replace or delete a route',
    description: 'A next hop must be reachable through a link that is up. Deleting asks for via, device or metric when several routes fit.',
    members: { add: addRoute, replace: replaceRoute, delete: deleteRoute },
    unlisted: ['scope', 'onlink', 'protocol', 'mtu_bytes', 'nexthop_id'],
  }),
  applyChanges,
  listChanges,
  showChange,
  undoChange,
  confirmChange,
  exportChanges,
  installConfiguration,
  ...OPERATIONS.filter(({ name }) => !OWN_TOOL.has(name)).map((operation) => changeTool(operation, 'never')),
];
