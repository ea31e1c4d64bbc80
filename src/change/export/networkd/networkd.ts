// An export for systemd-networkd, which looks after links of the host: .netdev and .network files. Namespaces, and what it cannot say, are units' work.
import { isPlainLinkName } from '../../../model/names.js';
import { type LinkObject, linkKind, linkOf } from '../../objects/link.js';
import { OBJECT_KINDS } from '../../objects/table.js';
import { type CapturedObject, objectId } from '../../restore/captured.js';
import type { Step } from '../../restore/contents.js';
import { type ExportedFile, type ExportName, headOf } from '../script.js';
import type { ExportedWorld } from '../world.js';
import { NETDEV_KINDS, netdevSettings } from './kinds.js';
import { unitFiles } from './units.js';
import { addressSection, routeSection, ruleSection } from './words.js';

/** Before the files that distributions bring (systemd.network(5)). */
const ORDER = '25';
const FOLDER = '/etc/systemd/network';
const WORDS = { address: addressSection, route: routeSection } as const;

/** The host's part of an export, as far as networkd can say it. */
interface Sayable {
  /** Links that it makes, and those that it looks after. */
  made: LinkObject[];
  managed: LinkObject[];
  /** Ids of what its files say. */
  said: Set<string>;
}

function hangsOn(link: LinkObject, objects: readonly CapturedObject[]): CapturedObject[] {
  return objects.filter(({ kind, value }) => kind in WORDS && OBJECT_KINDS[kind].links(value).includes(link.name));
}

function wordsFor({ kind, value }: CapturedObject): string[] | null {
  return kind === 'address' || kind === 'route' ? WORDS[kind](value) : null;
}

/** A link is networkd's as a whole, or not at all: it takes away what it did not bring itself. */
function sayable(world: ExportedWorld, at: number): Sayable {
  const place = world.shall.places[at];
  if (!place) return { made: [], managed: [], said: new Set() };
  const found = new Set(world.there.places[at]?.objects.map(({ key }) => key));
  const links = place.objects.flatMap(({ kind, key, value }) => (kind === 'link' && !found.has(key) ? [linkOf(value)] : []));
  let managed = links.filter((link) => {
    const isKnown = isPlainLinkName(link.name) && netdevSettings(link) !== null && !linkKind.lacks?.(link);
    return isKnown && hangsOn(link, place.objects).every((object) => wordsFor(object) !== null);
  });
  const isElsewhere = ({ other }: LinkObject) => other !== null && other.inode !== place.inode;
  for (let size = -1; size !== managed.length; ) {
    size = managed.length;
    const names = new Set(managed.map(({ name }) => name));
    const isBelow = (link: LinkObject) => link.kind === 'veth' || link.other === null || (!isElsewhere(link) && names.has(link.other.name));
    managed = managed.filter((link) => (link.master === null || names.has(link.master)) && isBelow(link));
  }
  const names = new Set(managed.map(({ name }) => name));
  const made = managed.filter((link) => !isElsewhere(link) && (link.kind !== 'veth' || names.has(link.other?.name ?? '')));
  // A cable that is not made as a whole here is a script's, and networkd may still look after its end.
  const said = new Set(managed.flatMap((link) => hangsOn(link, place.objects).map((object) => objectId(place, object))));
  if (managed.length > 0) for (const object of place.objects) if (object.kind === 'rule' && ruleSection(object.value)) said.add(objectId(place, object));
  return { made, managed, said };
}

function netdev(link: LinkObject, made: readonly LinkObject[]): string[] | null {
  const { name, kind, mac, mtu, other } = link;
  const peer = kind === 'veth' ? made.find((each) => each.name === other?.name) : undefined;
  // One file makes both ends.
  if (peer && peer.name < name) return null;
  const { section = '', lines = [] } = netdevSettings(link) ?? {};
  // Geneve stands alone anyway.
  const alone = kind === 'vxlan' && other === null ? ['Independent=yes'] : [];
  const key =
    kind === 'wireguard'
      ? [`# The key is a secret, and not exported: write it to this file, mode 0640, group systemd-network.`, `PrivateKeyFile=${FOLDER}/${name}.key`]
      : [];
  const own = [...lines, ...alone, ...key];
  return [
    ...['[NetDev]', `Name=${name}`, `Kind=${kind}`, ...(mac ? [`MACAddress=${mac}`] : []), ...(mtu === 1500 ? [] : [`MTUBytes=${mtu}`])],
    ...(own.length > 0 ? ['', `[${section}]`, ...own] : []),
    ...(peer ? ['', '[Peer]', `Name=${peer.name}`, ...(peer.mac ? [`MACAddress=${peer.mac}`] : [])] : []),
  ];
}

const MASTER_KEYS: Readonly<Record<string, string>> = { bridge: 'Bridge', bond: 'Bond', vrf: 'VRF' };

function network(link: LinkObject, { managed }: Sayable, sections: readonly string[][]): string[] {
  const master = managed.find(({ name }) => name === link.master);
  const uppers = managed.filter(({ kind, other }) => kind !== 'veth' && other?.name === link.name);
  const isIpv6 = link.up && link.addr_gen_mode !== 'none';
  return [
    ...['[Match]', `Name=${link.name}`, '', '[Link]', 'RequiredForOnline=no', ...(link.up ? [] : ['ActivationPolicy=down'])],
    ...(link.mtu === 1500 ? [] : [`MTUBytes=${link.mtu}`]),
    ...['', '[Network]', 'DHCP=no', 'IPv6AcceptRA=no', `LinkLocalAddressing=${isIpv6 ? 'ipv6' : 'no'}`, 'ConfigureWithoutCarrier=yes'],
    ...(master ? [`${MASTER_KEYS[master.kind]}=${master.name}`] : []),
    ...uppers.flatMap(({ kind, name }) => (NETDEV_KINDS[kind]?.parent ? [`${NETDEV_KINDS[kind]?.parent}=${name}`] : [])),
    ...sections.flatMap((lines) => ['', ...lines]),
  ];
}

function file(name: string, about: string, lines: readonly string[]): ExportedFile {
  const head = headOf(about, []).map((line) => `# ${line}`);
  return { path: `${FOLDER}/${ORDER}-${name}`, mode: '0644', content: `${[...head, '', ...lines].join('\n')}\n` };
}

/** True for a step that networkd sees to by itself. */
function isDone({ about, args }: Step, host: string, { made, managed, said }: Sayable): boolean {
  const isAbout = (links: readonly LinkObject[]) => about.length > 0 && about.every((id) => links.some(({ name }) => id === `${host} link ${name}`));
  if (about.length > 0 && about.every((id) => said.has(id))) return true;
  const [object, verb, , , word] = args;
  if (object === 'tuntap' || (object === 'link' && verb === 'add')) return isAbout(made);
  if (object !== 'link' || verb !== 'set') return false;
  return word === 'up' || word === 'master' ? isAbout(managed) : (word === 'mtu' || word === 'address') && isAbout(made);
}

/** The files for networkd, and the units with the script for all else. */
export function networkdFiles(world: ExportedWorld, name: ExportName): { files: ExportedFile[]; notes: string[] } {
  const at = world.places.findIndex(({ isHost }) => isHost);
  const host = sayable(world, at);
  const { made, managed, said } = host;
  const place = world.shall.places[at];
  const objects = place?.objects ?? [];
  const rules = objects.flatMap((object) => (place && object.kind === 'rule' && said.has(objectId(place, object)) ? [ruleSection(object.value) ?? []] : []));
  const files = [
    ...made.flatMap((link) => {
      const lines = netdev(link, made);
      return lines ? [file(`${link.name}.netdev`, `Link ${link.name}`, lines)] : [];
    }),
    ...managed.map((link, i) => {
      const sections = hangsOn(link, objects).map((object) => wordsFor(object) ?? []);
      return file(`${link.name}.network`, `What link ${link.name} has`, network(link, host, [...sections, ...(i === 0 ? rules : [])]));
    }),
  ];
  const others = objects.flatMap(({ kind, value }) => (kind === 'link' && !managed.some(({ name }) => name === linkOf(value).name) ? [linkOf(value)] : []));
  const unmanaged = others.filter(({ kind, name }) => kind !== 'loopback' && kind !== 'physical' && isPlainLinkName(name));
  const units = unitFiles(world, name, (step) => isDone(step, place?.references[0] ?? '', host), made);
  return {
    files: [
      ...files,
      ...unmanaged.map(({ name }) => file(`${name}.network`, `Link ${name} is made by a script`, ['[Match]', `Name=${name}`, '', '[Link]', 'Unmanaged=yes'])),
      ...units.files,
    ],
    notes: [
      ...(unmanaged.length > 0
        ? [`networkd has no words for all of ${unmanaged.map(({ name }) => name).join(', ')}: the script makes them, and networkd leaves them alone.`]
        : []),
      ...units.notes,
    ],
  };
}
