// add_altname
import { placeName } from '../../../model/change.js';
import { fail } from '../../../model/errors.js';
import { ALREADY_SO, defineOperation, step } from '../../operation.js';
import { ON_ALTNAME } from '../../parts/links/altname.js';
import { linkArgument } from '../../plan/world.js';

/** Gives a link a further name. Equivalent to: ip link property add dev LINK altname NAME (ip-link(8)). */
export const addAltname = defineOperation({
  ...ON_ALTNAME,
  name: 'add_altname',
  title: 'Add an alternative name',
  description: 'Gives a link a further name of up to 127 characters, by which it can be pointed at too.',
  plan({ namespace, link, altname }, world) {
    const found = world.link(namespace, link);
    if (found.altnames.includes(altname)) return ALREADY_SO;
    const other = world.findLink(namespace, altname);
    if (other) {
      return fail('LINK_EXISTS', `In ${placeName(world.at(namespace))} ${altname} is a name of ${other.name} already.`, 'Choose another name.', {
        link: other.name,
      });
    }
    const device = linkArgument(found, world.links(namespace));
    return { steps: [step(world.at(namespace), ['link', 'property', 'add', 'dev', device, 'altname', altname])], loses: [], undoable: true };
  },
  foresee({ namespace, link, altname }, foreseen) {
    const { name, altnames } = foreseen.link(namespace, link);
    foreseen.changeLink(namespace, name, { altnames: [...altnames, altname] });
  },
  tell: ({ altnames }, { link }) => `${link} is also called ${altnames.join(', ')}.`,
});
