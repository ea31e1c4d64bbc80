// The forms in which configuration is exported.
import { ifupdownScripts, triggerNotes } from './ifupdown.js';
import { networkdFiles } from './networkd/networkd.js';
import { type ExportedFile, type ExportName, shellScript } from './script.js';
import type { ExportedWorld } from './world.js';

export const FORMATS = ['script', 'ifupdown', 'networkd'] as const;
export type Format = (typeof FORMATS)[number];

export interface Exported {
  files: ExportedFile[];
  notes: string[];
}

/**
 * Writes a world in one of the forms. Pure.
 * @param trigger The interface that ifupdown waits for; null: the one that fits.
 */
export function exportWorld(world: ExportedWorld, format: Format, name: ExportName, trigger: string | null): Exported {
  if (world.shall.places.every(({ objects }, i) => objects.length === 0 && !world.places[i]?.isMade)) {
    return { files: [], notes: [...world.notes, 'There is nothing to export.'] };
  }
  if (format === 'script') return { files: shellScript(world, name), notes: world.notes };
  if (format === 'networkd') {
    const { files, notes } = networkdFiles(world, name);
    return { files, notes: [...world.notes, ...notes] };
  }
  return { files: ifupdownScripts(world, name, trigger), notes: [...world.notes, ...triggerNotes(world, trigger)] };
}
