// The rules by which an owner is told from signs, the most telling first. Pure.
import type { Owner } from '../../model/snapshot.js';
import { visible } from '../../model/text.js';
import type { ProcessSigns, Signs } from './signs.js';

type Known = Partial<Owner> & Pick<Owner, 'engine'>;

const ID = '([0-9a-f]{64})';

interface PathRule {
  pattern: RegExp;
  /** @param groups What the parentheses of the pattern caught. */
  owner(...groups: string[]): Known;
}

/** An owner of whom the pattern catches the id. */
const byId =
  (engine: string) =>
  (id = '') => ({ engine, id });
/** One whose id is its name. */
const byName =
  (engine: string) =>
  (name = '') => ({ engine, id: name, name });

/** Where engines mount the namespaces that they make. */
const MOUNTS: readonly PathRule[] = [
  { pattern: /^(?:\/var)?\/run\/docker\/netns\/(.+)$/, owner: byId('docker') },
  { pattern: /^(?:\/var)?\/run\/containerd\/(.+)$/, owner: byId('containerd') },
  { pattern: /^(?:\/var)?\/run\/(?:user\/\d+\/)?podman\/(.+)$/, owner: byId('podman') },
  { pattern: /^(?:\/var)?\/run\/(?:user\/\d+\/)?netns\/(netns-[0-9a-f-]{36})$/, owner: byId('podman') },
  { pattern: /^(?:\/var)?\/run\/netns\/(cni-[0-9a-f-]{36})$/, owner: byId('cni') },
  { pattern: /^(?:\/var)?\/run\/cni\/(.+)$/, owner: byId('cni') },
];

const POD = '/kubepods[^/]*(?:/.*)?/[^/]*pod([0-9a-f_-]{36})[^/]*';

/** systemd's driver of control groups writes the uid of a pod with underscores. */
const inPod =
  (engine: string) =>
  (pod = '', id = '') => ({ engine, id, pod: pod.replaceAll('_', '-') });

const unit = (name = '') => ({ engine: 'systemd', id: name, name, unit: name });

/** Control groups that engines make (cgroups(7)); those of systemd's driver end in `.scope`. */
const CGROUPS: readonly PathRule[] = [
  { pattern: new RegExp(`${POD}/crio-${ID}`), owner: inPod('cri-o') },
  { pattern: new RegExp(`${POD}/cri-containerd-${ID}`), owner: inPod('containerd') },
  { pattern: new RegExp(`${POD}/docker-${ID}`), owner: inPod('docker') },
  { pattern: new RegExp(`${POD}/${ID}`), owner: inPod('kubernetes') },
  { pattern: new RegExp(`/docker[-/]${ID}`), owner: byId('docker') },
  { pattern: new RegExp(`/libpod-${ID}`), owner: byId('podman') },
  { pattern: new RegExp(`/crio-${ID}`), owner: byId('cri-o') },
  { pattern: /\/lxc\.payload\.([^/]+)/, owner: byName('lxc') },
  { pattern: /^\/lxc\/([^/]+)/, owner: byName('lxc') },
  { pattern: /\/machine\.slice\/machine-(.+)\.scope/, owner: machine },
  { pattern: /\/machine\.slice\/systemd-nspawn@(.+)\.service/, owner: machine },
  { pattern: /\/app(?:-[^/]*)?-flatpak-(.+?)-\d+\.scope/, owner: byName('flatpak') },
  { pattern: /\/(?:system\.slice|user@\d+\.service)\/(?:.+\/)?([^/]+\.service)(?:\/|$)/, owner: unit },
];

function machine(escaped = ''): Known {
  // systemd-escape(1): \x2d is a hyphen.
  const name = escaped.replace(/\\x([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return byName('systemd-nspawn')(name);
}

/** The word after a flag of a command line. */
function wordAfter(argv: readonly string[], ...flags: readonly string[]): string | null {
  const at = argv.findIndex((word) => flags.includes(word));
  return at === -1 ? null : (argv[at + 1] ?? null);
}

interface ProgramRule {
  /** Of the program, without its folder. */
  program: RegExp;
  owner(argv: readonly string[]): Known | null;
}

/** What looks after a container, and so is above its first process: its command line says which. */
const KEEPERS: readonly ProgramRule[] = [
  {
    program: /^containerd-shim/,
    owner: (argv) => {
      const [space, id] = [wordAfter(argv, '-namespace'), wordAfter(argv, '-id')];
      return id === null ? null : { engine: space === 'moby' ? 'docker' : 'containerd', id };
    },
  },
  {
    program: /^conmon$/,
    owner: (argv) => {
      const [id, name] = [wordAfter(argv, '-c', '--cid'), wordAfter(argv, '-n', '--name')];
      return id === null ? null : { engine: argv.some((word) => word.includes('crio')) ? 'cri-o' : 'podman', id, name };
    },
  },
  {
    // It writes its title over its command line: `[lxc monitor] FOLDER NAME`.
    program: /^\[lxc monitor\]/,
    owner: (argv) => {
      const [, folder = '', name = ''] = /^\[lxc monitor\] (\S+) (.+)$/.exec(argv.join(' ').trim()) ?? [];
      const engine = /\/incus(?:\/|$)/.test(folder) ? 'incus' : /\/lxd(?:\/|$)/.test(folder) ? 'lxd' : 'lxc';
      return name === '' ? null : { engine, id: name, name };
    },
  },
  {
    program: /^systemd-nspawn$/,
    owner: (argv) => {
      const name = wordAfter(argv, '-M') ?? argv.find((word) => word.startsWith('--machine='))?.slice('--machine='.length);
      return name === undefined ? { engine: 'systemd-nspawn' } : byName('systemd-nspawn')(name);
    },
  },
  { program: /^bwrap$/, owner: () => ({ engine: 'bubblewrap' }) },
  { program: /^unshare$/, owner: () => ({ engine: 'unshare' }) },
];

/** Programs that put parts of themselves into namespaces of their own. */
const SANDBOXED: readonly ProgramRule[] = [
  {
    program: /^(?:chrome|chromium|chromium-browser|google-chrome|msedge|brave|electron)$/,
    owner: (argv) => (argv.some((word) => word.startsWith('--type=')) ? { engine: 'chromium' } : null),
  },
  { program: /^(?:firefox|firefox-esr)$/, owner: (argv) => (argv.includes('-contentproc') ? { engine: 'firefox' } : null) },
];

/** Engines of control groups of which a keeper knows more. */
const VAGUE: ReadonlySet<string> = new Set(['kubernetes', 'lxc', 'podman', 'cri-o', 'systemd']);

function byPath(rules: readonly PathRule[], paths: readonly string[]): Known | null {
  for (const { pattern, owner } of rules) {
    for (const path of paths) {
      const match = pattern.exec(path);
      if (match) return owner(...match.slice(1));
    }
  }
  return null;
}

function byProgram(rules: readonly ProgramRule[], argv: readonly string[]): Known | null {
  const program = (argv[0] ?? '').startsWith('[') ? argv.join(' ') : (argv[0] ?? '').replace(/^.*\//, '');
  for (const rule of rules) {
    const owner = rule.program.test(program) ? rule.owner(argv) : null;
    if (owner) return owner;
  }
  return null;
}

function byProcess(signs: ProcessSigns): Known | null {
  const group = byPath(CGROUPS, signs.cgroups);
  if (group && !VAGUE.has(group.engine)) return group;
  const keeper = signs
    .parents()
    .map((parent) => byProgram(KEEPERS, parent))
    .find((owner) => owner !== null);
  if (group && group.engine !== 'systemd') return keeper && keeper.id === group.id ? { ...group, ...keeper } : group;
  // A unit is only where all of that runs.
  return keeper?.id ? keeper : (byProgram(SANDBOXED, signs.argv()) ?? keeper ?? group);
}

/** Who a namespace belongs to; null when nothing tells. What it says is made safe to show. */
export function ownerOf({ mounts, processes }: Signs): Owner | null {
  const known = processes.map(byProcess).find((owner) => owner !== null) ?? null;
  const mount = byPath(MOUNTS, mounts);
  // An engine mounts what it makes; that it runs as a unit says less.
  const owner = mount && (!known || known.engine === 'systemd') ? mount : known;
  if (!owner) return null;
  const safe = Object.entries(owner).map(([field, text]) => [field, typeof text === 'string' ? visible(text) : text]);
  return { engine: owner.engine, id: null, name: null, ...Object.fromEntries(safe) };
}
