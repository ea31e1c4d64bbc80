// set_link
import { z } from 'zod';
import { routeText } from '../../kernel/explain.js';
import type { Step } from '../../model/change.js';
import { fail } from '../../model/errors.js';
import { MacAddress } from '../../model/ip.js';
import { LinkReference, NewLinkName } from '../../model/names.js';
import type { Address, Route } from '../../model/snapshot.js';
import { defineOperation, linkAt, step } from '../operation.js';
import { addressesOf, InNamespace, Mtu, ShownLink, shownLink, tellLink } from '../parts/inputs.js';
import { configuredRoutes, isConfigured, isRestorable, restored } from '../parts/restore.js';
import { linkArgument, type World } from '../world.js';

/** Below it a link has no IPv6 at all (RFC 8200, section 5). */
const LEAST_IPV6_MTU = 1280;

/** What the link is called when the call begins: it may have its new name already. */
function nowCalled(world: World, namespace: string, link: string, newName: string | undefined): string {
  return newName !== undefined && !world.findLink(namespace, link) && world.findLink(namespace, newName) ? newName : link;
}

/** Changes attributes of a link. Equivalent to: ip link set dev LINK … (ip-link(8)). */
export const setLink = defineOperation({
  name: 'set_link',
  title: 'Change a link',
  description: 'Brings a link up or down, sets MTU, MAC, name, alias, or makes it a port of a bridge (null: of none).',
  action: 'link.set',
  destroys: false,
  input: z
    .strictObject({
      namespace: InNamespace,
      link: LinkReference,
      up: z.boolean().optional(),
      mtu: Mtu.optional(),
      mac: MacAddress.optional(),
      new_name: NewLinkName.optional(),
      alias: z
        .string()
        .max(255)
        .regex(/^[\p{L}\p{N}\p{P}\p{S} ]*$/u, 'printable text on one line')
        .refine((text) => Buffer.byteLength(text) <= 255, 'at most 255 bytes')
        .optional()
        .describe('Empty: none'),
      bridge: LinkReference.nullable().optional().describe('Bridge that it becomes a port of; null: of none'),
    })
    .refine(
      ({ up, mtu, mac, new_name, alias, bridge }) => [up, mtu, mac, new_name, alias, bridge].some((value) => value !== undefined),
      'nothing to change: give at least one of up, mtu, mac, new_name, alias, bridge',
    ),
  namespaces: ({ namespace }) => [namespace],
  needs: ['links', 'addresses', 'routes'],
  subjects: ({ namespace, link, new_name, bridge }, world) => [
    linkAt(world, namespace, nowCalled(world, namespace, link, new_name)),
    ...(new_name === undefined ? [] : [linkAt(world, namespace, new_name)]),
    ...(bridge ? [linkAt(world, namespace, bridge)] : []),
  ],
  plan({ namespace, link, up, mtu, mac, new_name, alias, bridge }, world) {
    const place = world.at(namespace);
    const found = world.link(namespace, nowCalled(world, namespace, link, new_name));
    const all = world.links(namespace);
    const state = world.state(namespace);
    const formerly = linkArgument(found, all);
    const isRenamed = new_name !== undefined && new_name !== found.name;
    const device = isRenamed ? new_name : formerly;
    const set = (to: string[], from: string[]) => step(place, ['link', 'set', 'dev', device, ...to], ['link', 'set', 'dev', device, ...from]);
    // What the kernel takes from a link that goes down, or whose MTU becomes too small for IPv6.
    const inet6 = addressesOf(world, namespace, found).filter((address) => address.family === 'inet6' && isConfigured(address, found));
    const routes = configuredRoutes(state, found);
    const routes6 = routes.filter(({ family }) => family === 'inet6');
    const lossOf = (addresses: readonly Address[], through: readonly Route[]) => [
      ...through.map((route) => `route ${routeText(route)}`),
      ...addresses.map(({ address }) => `address ${address}`),
    ];
    const steps: Step[] = [];
    const loses: string[] = [];
    let undoable = true;

    if (up === false && found.up) {
      loses.push(...lossOf(inet6, routes));
      undoable &&= routes.every(isRestorable);
      steps.push({ place, args: ['link', 'set', 'dev', formerly, 'down'], undo: restored(place, found, all, inet6, routes) });
    }
    if (isRenamed) {
      if (world.findLink(namespace, new_name)) return fail('LINK_EXISTS', `There already is a link ${new_name}.`, 'Choose another name.', { link: new_name });
      // A name that cannot be written cannot be given back.
      const canBeWritten = formerly === found.name;
      undoable &&= canBeWritten;
      if (addressesOf(world, namespace, found).filter(({ family }) => family === 'inet').length > 1) {
        // inetdev_changename (net/ipv4/devinet.c) gives all but the first address a new label.
        loses.push('the labels of its IPv4 addresses');
        undoable = false;
      }
      steps.push(
        step(place, ['link', 'set', 'dev', formerly, 'name', new_name], ...(canBeWritten ? [['link', 'set', 'dev', new_name, 'name', found.name]] : [])),
      );
    }
    if (mtu !== undefined && mtu !== found.mtu) {
      const { args, undo } = set(['mtu', String(mtu)], ['mtu', String(found.mtu)]);
      const cutsIpv6 = mtu < LEAST_IPV6_MTU && found.mtu >= LEAST_IPV6_MTU;
      if (cutsIpv6) {
        loses.push(...lossOf(inet6, routes6));
        undoable &&= routes6.every(isRestorable);
      }
      steps.push({ place, args, undo: [...undo, ...(cutsIpv6 ? restored(place, { ...found, name: device }, all, inet6, routes6) : [])] });
    }
    if (mac !== undefined && mac !== found.mac) {
      if (found.mac === null || found.kind === 'loopback')
        return fail('LINK_KIND_MISMATCH', `Link ${found.name} (${found.kind}) has no MAC address to set.`, 'Leave mac out.');
      steps.push(set(['address', mac], ['address', found.mac]));
    }
    if (bridge !== undefined) {
      const target = bridge === null ? null : world.link(namespace, bridge);
      if (target && target.kind !== 'bridge')
        return fail('LINK_KIND_MISMATCH', `Link ${target.name} is a ${target.kind}, not a bridge.`, 'inspect_namespace lists the links with their kinds.', {
          link: target.name,
          kind: target.kind,
        });
      const former = all.find(({ name }) => name === found.master);
      if (former?.index !== target?.index) {
        steps.push(set(target ? ['master', linkArgument(target, all)] : ['nomaster'], former ? ['master', linkArgument(former, all)] : ['nomaster']));
        if (found.master) loses.push(`membership in ${found.master}`);
      }
    }
    if (alias !== undefined && alias !== (found.alias ?? '')) {
      // The Snapshot holds the old alias with its control characters escaped: only one without them can be given back.
      const canBeWritten = !found.alias?.includes('\\');
      undoable &&= canBeWritten;
      const there = set(['alias', alias], ['alias', found.alias ?? '']);
      steps.push(canBeWritten ? there : { ...there, undo: [] });
    }
    if (up === true && !found.up) {
      // Going down again takes the IPv6 addresses that it had while it was down.
      const { args, undo } = set(['up'], ['down']);
      steps.push({ place, args, undo: [...undo, ...restored(place, { ...found, name: device }, all, inet6, [])] });
    }
    return { steps, loses: [...new Set(loses)], undoable };
  },
  result: { link: ShownLink.nullable() },
  show: ({ namespace, link, new_name }, world) => ({ link: (new_name && shownLink(world, namespace, new_name)) || shownLink(world, namespace, link) }),
  tell: ({ link }, { namespace }) => `${namespace}: ${tellLink(link)}`,
});
