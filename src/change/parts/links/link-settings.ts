// Settings of the kind of a link that is there (ip-link(8), `ip link set dev LINK type KIND …`).
import { placeName, type ResolvedNamespace } from '../../../model/change.js';
import { fail } from '../../../model/errors.js';
import { parseSettings } from '../../../model/kinds/settings.js';
import { kindOf, LINK_KINDS } from '../../../model/kinds/table.js';
import { changeWords, needsDown } from '../../../model/kinds/words.js';
import type { Link, Settings } from '../../../model/snapshot.js';

/** Settings that are to be otherwise. */
interface SettingsChange {
  /** After `ip link set dev LINK`; none when they are so already. */
  words: string[];
  /** All settings as they will be. */
  settings: Settings;
  needsDown: boolean;
}

/**
 * What it takes to give a link these settings; those that are not named stay.
 * @throws NetnsError LINK_KIND_MISMATCH when its kind has none, or they cannot be changed; INVALID_INPUT when its kind has not these.
 */
export function settingsChange(place: ResolvedNamespace, link: Link, wanted: Settings): SettingsChange {
  const kind = kindOf(link.kind);
  const where = `${link.name} in ${placeName(place)}`;
  if (kind === null) return fail('LINK_KIND_MISMATCH', `Link ${where} is of kind ${link.kind}, which has no settings here.`, 'Leave settings out.');
  // A word for several settings stands in the place of what they are.
  const spelledOut = Object.entries(LINK_KINDS[kind].shorthands ?? {}).flatMap(([word, { stands }]) => (word in wanted ? stands : []));
  const kept = Object.entries(link.attributes).filter(([name]) => !spelledOut.includes(name));
  const parsed = parseSettings(kind, { ...Object.fromEntries(kept), ...wanted });
  if (parsed.problems) {
    const [first] = parsed.problems;
    return fail('INVALID_INPUT', `settings.${first.field}: ${first.message}.`, 'Correct it and call again.', { problems: parsed.problems });
  }
  const words = changeWords(kind, link.attributes, parsed.settings);
  if (words === null) {
    const names = Object.keys(wanted).join(', ');
    return fail('LINK_KIND_MISMATCH', `Link ${where}: the kernel sets ${names} only when the link is made.`, 'delete_link, then create_link.', { kind });
  }
  return { words, settings: parsed.settings, needsDown: needsDown(kind, link.attributes, parsed.settings) };
}
