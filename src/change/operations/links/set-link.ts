// set_link
import { z } from 'zod';
import { placeName } from '../../../model/change.js';
import { fail } from '../../../model/errors.js';
import { LinkReference, NewLinkName } from '../../../model/names.js';
import { Settings } from '../../../model/objects.js';
import type { Link, Section } from '../../../model/snapshot.js';
import { isConfigured } from '../../objects/address.js';
import { nextHopText } from '../../objects/nexthop.js';
import { configuredRoutes, isRestorable } from '../../objects/route.js';
import { defineOperation, linkAt, step } from '../../operation.js';
import { addressesOf, InNamespace, ShownLink, shownLink, tellLink } from '../../parts/inputs.js';
import { tellOpposite, touchedOpposite } from '../../parts/links/carrier.js';
import { addrGenModeKey, addrGenModeNumber, attributeChanges, LinkAttributes, withAddrGenMode } from '../../parts/links/link-attributes.js';
import { settingsChange } from '../../parts/links/link-settings.js';
import { isAliasExact, tellAliases, tellLost } from '../../parts/links/losses.js';
import { peerNamespaces, peerPlaces } from '../../parts/links/peers.js';
import { hopsThrough, touchedAlong } from '../../parts/links/stack.js';
import { LEAST_IPV6_MTU } from '../../plan/foreseen.js';
import { linkArgument, type World } from '../../plan/world.js';

/** As `LinkReference`: clients see what that is with the link itself. */
const Master = z.string().min(1).max(128).nullable();

const Changes = z.strictObject({
  up: z.boolean().optional(),
  new_name: NewLinkName.optional(),
  ...LinkAttributes.shape,
  bridge: Master.optional().describe('Becomes a port of it; null: of none'),
  master: Master.optional().describe('The same for bridge, bond, VRF'),
  settings: Settings.optional().describe('Of its kind, as in create_link'),
});
const CHANGES = Changes.keyof().options;

const Input = z
  .strictObject({ namespace: InNamespace, link: LinkReference, ...Changes.shape })
  .refine((given) => CHANGES.some((field) => given[field] !== undefined), 'nothing to change: give at least one more field')
  .refine(({ bridge, master }) => bridge === undefined || master === undefined, { message: 'give bridge or master', path: ['master'] });
type Input = z.output<typeof Input>;

/** What can have ports (ip-link(8), `master`). */
const MASTERS = ['bridge', 'bond', 'vrf', 'team'];

/** What a link loses with these changes. A VRF takes its ports down and up again (cycle_netdev, drivers/net/vrf.c). */
type Loss = 'nothing' | 'inet6' | 'all';

/** It goes down, or is cycled by a VRF that it joins or leaves. */
function goesDownPerhaps({ up, bridge, master }: Input): boolean {
  return up === false || bridge !== undefined || master !== undefined;
}

/** What hangs on a link that may be altered, by what is changed. */
function sectionsOf({ up, mtu, mac, arp, addr_gen_mode, bridge, master, settings }: Input): Section[] {
  const sections: Section[] = ['links', 'addresses'];
  const joins = bridge !== undefined || master !== undefined;
  const isCut = up === false || (mtu !== undefined && mtu < LEAST_IPV6_MTU) || joins || settings !== undefined;
  if (isCut) sections.push('routes', 'nexthops');
  // The kernel forgets neighbours of a link that goes down or gets another MAC (neigh_ifdown, neigh_changeaddr).
  if (isCut || mac !== undefined || arp !== undefined) sections.push('neighbours');
  if (joins || settings !== undefined) sections.push('fdb', 'vlans');
  // Without IPv6 a link has no settings of it either (addrconf_ifdown).
  if (addr_gen_mode !== undefined || (mtu !== undefined && mtu < LEAST_IPV6_MTU)) sections.push('sysctls');
  return sections;
}

/** What the link is called when the call begins: it may have its new name already. */
function nowCalled(world: World, { namespace, link, new_name }: Input): string {
  return new_name !== undefined && !world.findLink(namespace, link) && world.findLink(namespace, new_name) ? new_name : link;
}

/** The master that is asked for: undefined when nothing is said, null for none. */
function masterOf(world: World, { namespace, bridge, master }: Input): Link | null | undefined {
  const wanted = bridge === undefined ? master : bridge;
  if (wanted === undefined || wanted === null) return wanted;
  const found = world.link(namespace, wanted);
  if (bridge === undefined ? MASTERS.includes(found.kind) : found.kind === 'bridge') return found;
  const needed = bridge === undefined ? `one of ${MASTERS.join(', ')}` : 'a bridge';
  return fail('LINK_KIND_MISMATCH', `Link ${found.name} is a ${found.kind}, not ${needed}.`, 'inspect_namespace lists the links with their kinds.', {
    link: found.name,
    kind: found.kind,
  });
}

/** Everything that an input changes of a link, once it is known that it can be. */
function changesOf(world: World, input: Input) {
  const { namespace, up, mtu, mac, new_name, settings } = input;
  const found = world.link(namespace, nowCalled(world, input));
  const [place, all] = [world.at(namespace), world.links(namespace)];
  if (mac !== undefined && mac !== found.mac && (found.mac === null || found.kind === 'loopback'))
    return fail('LINK_KIND_MISMATCH', `Link ${found.name} (${found.kind}) has no MAC address to set.`, 'Leave mac out.');
  const rename = new_name === found.name ? undefined : new_name;
  if (rename !== undefined && world.findLink(namespace, rename))
    return fail('LINK_EXISTS', `There already is a link ${rename}.`, 'Choose another name.', { link: rename });
  const asked = masterOf(world, input);
  const former = all.find(({ name }) => name === found.master) ?? null;
  const master = asked === undefined || asked?.index === former?.index ? undefined : asked;
  const ofKind = settings === undefined ? null : settingsChange(place, found, settings);
  if (found.up && up !== false && (ofKind?.needsDown || master?.kind === 'bond')) {
    return fail(
      'INVALID_INPUT',
      `Link ${found.name} in ${placeName(place)} is up: the kernel changes that only while it is down.`,
      'Give up: false in the same call. A bond brings its ports up by itself.',
      { link: found.name },
    );
  }
  const goesDown = up === false && found.up;
  const isCycled = found.up && (master?.kind === 'vrf' || (master === null && former?.kind === 'vrf'));
  const cutsIpv6 = mtu !== undefined && mtu < LEAST_IPV6_MTU && found.mtu >= LEAST_IPV6_MTU;
  const loss: Loss = goesDown || isCycled ? 'all' : cutsIpv6 ? 'inet6' : 'nothing';
  return {
    found,
    goesDown,
    comesUp: up === true && !found.up,
    rename,
    attributes: attributeChanges(withAddrGenMode(found, world.state(namespace)), input),
    ofKind,
    master,
    isCycled,
    loss,
  };
}

/** Changes attributes of a link. Equivalent to: ip link set dev LINK … (ip-link(8)). */
export const setLink = defineOperation({
  name: 'set_link',
  title: 'Change a link',
  description: 'Brings a link up or down, sets MTU, MAC, name, flags and settings of its kind, or makes it a port of a bridge, bond or VRF (null: of none).',
  action: 'link.set',
  destroys: false,
  input: Input,
  namespaces: ({ namespace }) => [namespace],
  needs: sectionsOf,
  alsoTouches(input, world) {
    const found = world.findLink(input.namespace, nowCalled(world, input));
    return found && (goesDownPerhaps(input) || (input.up === true && !found.up)) ? peerNamespaces(world, input.namespace, [found]) : [];
  },
  subjects(input, world) {
    const { namespace, new_name, bridge, master } = input;
    const [name, to] = [nowCalled(world, input), bridge ?? master];
    return [name, ...(new_name === undefined || new_name === name ? [] : [new_name]), ...(to ? [to] : [])].map((link) => linkAt(world, namespace, link));
  },
  plan(input, world) {
    const { namespace } = input;
    const { found, goesDown, comesUp, rename, attributes, ofKind, master, isCycled, loss } = changesOf(world, input);
    const [place, all, state] = [world.at(namespace), world.links(namespace), world.state(namespace)];
    const formerly = linkArgument(found, all);
    const device = rename ?? formerly;
    const set = (...words: string[]) => step(place, ['link', 'set', 'dev', device, ...words]);
    // The other end loses its carrier, and what needs one.
    const follows = loss === 'all' ? peerPlaces(world, namespace, [found]) : [];
    const steps = [
      ...(goesDown ? [step(place, ['link', 'set', 'dev', formerly, 'down'], { follows })] : []),
      ...(rename === undefined ? [] : [step(place, ['link', 'set', 'dev', formerly, 'name', rename])]),
      ...attributes.map(({ words }) => set(...words)),
      ...(ofKind && ofKind.words.length > 0 ? [set(...ofKind.words)] : []),
      ...(master === undefined ? [] : [{ ...set(...(master ? ['master', linkArgument(master, all)] : ['nomaster'])), ...(isCycled ? { follows } : {}) }]),
      ...(comesUp ? [set('up')] : []),
    ];
    const addresses = addressesOf(world, namespace, found);
    const routes = configuredRoutes(state, found).filter(({ family }) => loss === 'all' || (loss === 'inet6' && family === 'inet6'));
    const inet6 = loss === 'nothing' ? [] : addresses.filter((address) => address.family === 'inet6' && isConfigured(address, found));
    // inetdev_changename (net/ipv4/devinet.c) gives all but the first address a new label.
    const relabels = rename !== undefined && addresses.filter(({ family }) => family === 'inet').length > 1;
    return {
      steps,
      loses: [
        ...tellLost(inet6, routes),
        ...(loss === 'all'
          ? [...hopsThrough(state, found).map((nextHop) => `next hop ${nextHopText(nextHop)}`), ...tellOpposite(world, namespace, found)]
          : []),
        ...(relabels ? ['the labels of its IPv4 addresses'] : []),
        ...(input.alias === undefined ? [] : tellAliases([found])),
        ...(master !== undefined && found.master !== null ? [`membership in ${found.master}`] : []),
      ],
      undoable:
        routes.every(isRestorable) &&
        // A name that cannot be written cannot be given back.
        (rename === undefined || formerly === found.name) &&
        (input.alias === undefined || isAliasExact(found)),
      touches: [...touchedAlong(world, namespace, found), ...(loss === 'all' || comesUp ? touchedOpposite(world, namespace, [found]) : [])],
    };
  },
  foresee(input, foreseen) {
    const { namespace, addr_gen_mode } = input;
    const { found, goesDown, comesUp, rename, attributes, ofKind, master, isCycled } = changesOf(foreseen, input);
    if (goesDown || isCycled) foreseen.changeLink(namespace, found.name, { up: false });
    if (master !== undefined) foreseen.changeLink(namespace, found.name, { master: master?.name ?? null, port: master?.kind === 'bridge' ? {} : null });
    foreseen.changeLink(namespace, found.name, {
      ...Object.assign({}, ...attributes.map(({ becomes }) => becomes)),
      ...(ofKind ? { attributes: ofKind.settings } : {}),
    });
    if (addr_gen_mode !== undefined) foreseen.set(namespace, 'sysctls', addrGenModeKey(found), addrGenModeNumber(addr_gen_mode));
    if (comesUp || (isCycled && !goesDown) || master?.kind === 'bond') foreseen.changeLink(namespace, found.name, { up: true });
    if (rename !== undefined) foreseen.changeLink(namespace, found.name, { name: rename });
  },
  result: { link: ShownLink.nullable() },
  show: ({ namespace, link, new_name }, world) => ({ link: (new_name && shownLink(world, namespace, new_name)) || shownLink(world, namespace, link) }),
  tell: ({ link }, { namespace }) => `${namespace}: ${tellLink(link)}`,
});
