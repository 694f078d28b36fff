import { changeTypes } from './change-types.ts';
import { directoryTypes } from './directory-types.ts';
import { objectTypes } from './object-types.ts';
import { propertyTypes } from './property-types.ts';
import { serverTypes } from './server-types.ts';
import { tableTypes } from './table-types.ts';

/** Every structured type of the service `urn:zarafa`, by its name on the wire. */
export const types = {
  ...propertyTypes,
  ...objectTypes,
  ...tableTypes,
  ...changeTypes,
  ...directoryTypes,
  ...serverTypes,
};
