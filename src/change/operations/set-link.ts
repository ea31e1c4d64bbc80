// set_link
import { z } from 'zod';
import type { Step } from '../../model/change.js';
import { fail } from '../../model/errors.js';
import { MacAddress } from '../../model/ip.js';
import { LinkReference, NewLinkName } from '../../model/names.js';
import { defineOperation, linkAt, step } from '../operation.js';
import { addressesOf, InNamespace, Mtu, ShownLink, shownLink, tellLink } from '../parts/inputs.js';
import { configuredRoutes, isConfigured, restoreLink, routeText } from '../parts/restore.js';
import { linkArgument } from '../world.js';

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
        .optional()
        .describe('Empty: none'),
      bridge: LinkReference.nullable().optional(),
    })
    .refine(
      ({ up, mtu, mac, new_name, alias, bridge }) => [up, mtu, mac, new_name, alias, bridge].some((value) => value !== undefined),
      'nothing to change: give at least one of up, mtu, mac, new_name, alias, bridge',
    ),
  namespaces: ({ namespace }) => [namespace],
  needs: ['links', 'addresses', 'routes'],
  subjects: ({ namespace, link, bridge }, world) => [linkAt(world, namespace, link), ...(bridge ? [linkAt(world, namespace, bridge)] : [])],
  plan({ namespace, link, up, mtu, mac, new_name, alias, bridge }, world) {
    const place = world.at(namespace);
    const found = world.link(namespace, link);
    const all = world.links(namespace);
    const device = linkArgument(found, all);
    const set = (to: string[], from: string[]) => step(place, ['link', 'set', 'dev', device, ...to], ['link', 'set', 'dev', device, ...from]);
    const steps: Step[] = [];
    const loses: string[] = [];
    let undoable = true;

    if (mtu !== undefined && mtu !== found.mtu) steps.push(set(['mtu', String(mtu)], ['mtu', String(found.mtu)]));
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
      undoable &&= !found.alias?.includes('\\');
      steps.push(set(['alias', alias], ['alias', found.alias ?? '']));
    }
    if (up !== undefined && up !== found.up) {
      const addresses = addressesOf(world, namespace, found);
      if (!up)
        loses.push(
          ...configuredRoutes(world.state(namespace), found).map((route) => `route ${routeText(route)}`),
          ...addresses.filter((address) => address.family === 'inet6' && isConfigured(address)).map(({ address }) => `address ${address}`),
        );
      const restore = restoreLink(
        place,
        { ...found, master: null },
        addresses.filter(({ family }) => family === 'inet6'),
        world.state(namespace),
      );
      steps.push(up ? set(['up'], ['down']) : { ...set(['down'], []), undo: restore });
    }
    if (new_name !== undefined && new_name !== found.name) {
      if (world.findLink(namespace, new_name)) return fail('LINK_EXISTS', `There already is a link ${new_name}.`, 'Choose another name.', { link: new_name });
      if (device !== found.name) undoable = false;
      steps.push(
        step(place, ['link', 'set', 'dev', device, 'name', new_name], ...(device === found.name ? [['link', 'set', 'dev', new_name, 'name', found.name]] : [])),
      );
    }
    return { steps, loses, undoable };
  },
  result: { link: ShownLink.nullable() },
  show: ({ namespace, link, new_name }, world) => ({ link: (new_name && shownLink(world, namespace, new_name)) || shownLink(world, namespace, link) }),
  tell: ({ link }, { namespace }) => `${namespace}: ${tellLink(link)}`,
});
