// Who lives in a namespace and what keeps it alive: what an operation needs to know before the namespace goes.
import { discover } from '../../kernel/discover.js';
import type { HeldNamespace } from '../../kernel/kernel.js';
import type { OwnedLinks } from '../../kernel/marks.js';
import { scanNames } from '../../kernel/sources/names.js';
import { sampleOf, scanProcesses } from '../../kernel/sources/processes.js';
import { redactNamespace } from '../../kernel/view.js';
import type { Redaction } from '../../model/policy.js';
import type { Inhabitants, ServiceInside } from './world.js';

/** The long-running commands of this server, as far as changes have to do with them. */
export interface ServicesInside {
  /** Those that run in a namespace. */
  in(inode: number): ServiceInside[];
  /** Ends them. @throws NetnsError TIMED_OUT when the kernel does not let go of one. */
  end(inode: number): Promise<unknown>;
}

export const NOBODY: Inhabitants = { processes: { count: 0, sample: [] }, services: [], ownedLinks: new Set(), keptBy: [], linkNames: new Set() };

/** Every namespace and every name, looked up once for many questions. */
export interface Census {
  found: ReturnType<typeof discover>['found'];
  linkNames: ReadonlySet<string>;
}

export function takeCensus(): Census {
  return { found: discover().found, linkNames: new Set(scanNames().flatMap(({ name, isLink }) => (isLink ? [name] : []))) };
}

/** Who lives in a namespace that is there. @param redacts What errors leave out. */
export function inhabitantsOf(
  place: HeldNamespace,
  census: Census,
  ownedLinks: OwnedLinks,
  redacts: ReadonlySet<Redaction>,
  services: readonly ServiceInside[] = [],
): Inhabitants {
  const found = census.found.get(place.inode)?.namespace;
  const { kept_alive_by, processes } = found ? redactNamespace(found, { redacts }) : { kept_alive_by: [], ...NOBODY };
  return {
    processes: services.length === 0 ? processes : processesBut(services, place.inode, redacts),
    services,
    ownedLinks,
    keptBy: kept_alive_by.flatMap(({ by, what }) => (by === 'bind' || by === 'descriptor' ? [what] : [])),
    linkNames: census.linkNames,
  };
}

function processesBut(services: readonly ServiceInside[], inode: number, redacts: ReadonlySet<Redaction>): Inhabitants['processes'] {
  const ours = new Set(services.flatMap(({ pids }) => pids));
  const { count, sample } = sampleOf((scanProcesses().byInode.get(inode) ?? []).filter((pid) => !ours.has(pid)));
  return { count, sample: redacts.has('processes') ? [] : sample };
}
